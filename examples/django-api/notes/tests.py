"""The API by HTTP, as the gateway calls it."""

import json

from django.test import TestCase

ALICE = "0197a3a2-5f0e-7cc0-8000-00000000000a"
BOB = "0197a3a2-5f0e-7cc0-8000-00000000000b"


class ApiTest(TestCase):
    def query(self, caller, query, variables=None):
        headers = {"X-User-Id": caller} if caller else {}
        body = {"query": query, "variables": variables or {}}
        return self.client.post("/graphql/", json.dumps(body), "application/json", headers=headers)

    def test_me_is_the_identity_that_the_gateway_names(self):
        answer = self.query(ALICE, "{ me { id } }")
        self.assertEqual(answer.json(), {"data": {"me": {"id": ALICE}}})

    def test_a_request_without_a_caller_is_refused(self):
        answer = self.query(None, "{ me { id } }")
        self.assertEqual(answer.status_code, 401)
        self.assertIn("X-User-Id", answer.json()["error"]["reason"])

    def test_a_caller_that_is_not_exactly_one_identity_is_refused(self):
        for header in ["", "admin", f"{ALICE},{BOB}", f"{ALICE} "[:-2]]:
            self.assertEqual(self.query(header, "{ me { id } }").status_code, 401, header)

    def test_notes_belong_to_their_owner(self):
        add = "mutation($text: String!) { addNote(text: $text) { id } }"
        note = self.query(ALICE, add, {"text": " buy milk "}).json()["data"]["addNote"]["id"]
        notes = "{ notes { text } }"
        self.assertEqual(self.query(ALICE, notes).json()["data"]["notes"], [{"text": "buy milk"}])
        self.assertEqual(self.query(BOB, notes).json()["data"]["notes"], [])
        delete = "mutation($id: ID!) { deleteNote(id: $id) }"
        self.assertFalse(self.query(BOB, delete, {"id": note}).json()["data"]["deleteNote"])
        self.assertTrue(self.query(ALICE, delete, {"id": note}).json()["data"]["deleteNote"])

    def test_an_empty_note_is_refused_with_a_reason(self):
        with self.assertLogs("strawberry.execution"):
            answer = self.query(ALICE, 'mutation { addNote(text: " ") { id } }').json()
        self.assertIn("between 1 and 500", answer["errors"][0]["message"])

    def test_bodies_that_other_sites_may_send_unasked_are_refused(self):
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]:
            answer = self.client.post("/graphql/", '{"query":"{ me { id } }"}', kind, headers={"X-User-Id": ALICE})
            self.assertEqual(answer.status_code, 400, kind)
        answer = self.client.get("/graphql/", {"query": "{ me { id } }"}, headers={"X-User-Id": ALICE})
        self.assertNotEqual(answer.status_code, 200)

    def test_the_health_probe_needs_no_caller(self):
        self.assertEqual(self.client.get("/health/").json(), {"status": "ok"})
