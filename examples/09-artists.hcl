# Artists: who may work where, and until when.
#
# After `until`, the next plan takes the access away. Somebody with a seat of their own always gets that one; the others get any
# seat of their pools.

locals {
  # First name, and the last day of the contract.
  freelancers = {
    bela  = "2027-02-26"
    carla = "2027-03-31"
  }
}

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

artist "ana" {
  pools = [workstation_pool.comp]
  seat  = 1
  until = "2027-06-30"
}

artist "bela" {
  pools = [workstation_pool.comp]
  from  = "2027-01-04"
  until = local.freelancers["bela"]
}

artist "carla" {
  pools = [workstation_pool.comp]
  from  = "2027-01-04"
  until = local.freelancers["carla"]
}
