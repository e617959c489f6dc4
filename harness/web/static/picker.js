// The anchor is what AWS's page has; without this script the button beside it does the same.
document.getElementById("signin_button").addEventListener("click", function (event) {
  event.preventDefault();
  if (document.querySelector("input[name=roleIndex]:checked")) {
    document.getElementById("saml_form").submit();
  } else {
    document.getElementById("main_error").textContent = "Select a role.";
  }
});
