# ruby-saml as a service provider.
#
# Reads a JSON list of requests on stdin and prints a JSON list of answers as its last line.
require "base64"
require "json"
require "onelogin/ruby-saml"

def settings_for(request)
  # The keys come from the metadata, all of them; a byte order mark is not part of an XML string.
  metadata = Base64.decode64(request["metadata"]).force_encoding("UTF-8").delete_prefix("\uFEFF")
  settings = OneLogin::RubySaml::IdpMetadataParser.new.parse(metadata, entity_id: request["issuer"])
  settings.sp_entity_id = request["audience"]
  settings.assertion_consumer_service_url = request["acs"]
  settings.soft = true
  settings
end

def judge(request)
  response = OneLogin::RubySaml::Response.new(request["response"], settings: settings_for(request))
  unless response.is_valid?(true)
    return { accepted: false, says: response.errors.join("; "), attributes: {} }
  end

  attributes = {}
  response.attributes.each { |name, values| attributes[name] = Array(values).map(&:to_s) }
  { accepted: true, says: "NameID #{response.nameid}", attributes: attributes }
rescue StandardError => e
  { accepted: false, says: "#{e.class}: #{e.message.scrub}", attributes: {} }
end

if ARGV == ["--version"]
  puts OneLogin::RubySaml::VERSION
else
  answers = JSON.parse($stdin.read).map { |request| judge(request) }
  puts
  puts JSON.generate(answers)
end
