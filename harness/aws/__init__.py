"""The AWS side: what an account holds, whom its roles trust, and how AWS answers a response."""
