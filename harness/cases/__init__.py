"""The catalogue: every known fault and forgery as one small function, with the answer it must get.

    core       what a case is, and how it is declared        recipe     what an identity provider writes
    workshop   keys made once in a run, and worlds           captured   what a stranger holds in his hands
    words      AWS's answers, written by hand                classes    the ways in which others have failed
    run        cases against any judge                       endpoint   cases against a provider that listens
    show       the catalogue in print                        export     the catalogue as files
    page       the catalogue as a page of its own            worlds     what a case meets, as plain data
    tenants    what is tried at the mock Entra

The cases themselves stand in the modules that `harness.cases.catalogue` lists. Nothing here knows the validator.
"""
