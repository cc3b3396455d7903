# Rules of one's own: a studio's policies, held against the plan.
#
# The controls that come with the program say what content needs. What a studio wants besides, such as which machines it pays
# for, is written in Rego, by the conventions of conftest: `deny` and `violation` refuse the plan, `warn` is told.
#
#   closedset plan examples/10-own-rules.hcl --policies examples/10-own-rules
#   closedset apply examples/10-own-rules.hcl --policies examples/10-own-rules     exit code 4 where a rule denies it
#
# The input of a policy is the document that `plan --json` prints; `closedset schema plan` describes it.

blueprint {
  version = 1
}

production "ember" {
  owner         = "northlight-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"

  contacts {
    security = "security@northlight.example"
  }
}

key "content" {
}

network "main" {
  cidr  = "10.60.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 4
  }
}

image "artist" {
  os            = "rocky-9"
  ssm_parameter = "/northlight/ami/artist"
}

lockdown "artist" {
}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = 4
  image          = image.artist
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
