# Locals and `for`: say a thing once, derive the rest.
#
# The offices are written as a table. The prefix list is made from it, and so is the list of addresses in the output.

locals {
  offices = {
    soho = {
      cidr  = "203.0.113.0/24"
      floor = "second"
    }
    leeds = {
      cidr  = "198.51.100.0/26"
      floor = "ground"
    }
  }

  # One entry an office: { "203.0.113.0/24" = "soho, second floor", … }
  entries = { for name, office in local.offices : office.cidr => "${name}, ${office.floor} floor" }

  zones = [for letter in ["a", "b"] : "us-west-2${letter}"]
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

prefix_list "offices" {
  entries = local.entries
}

network "main" {
  cidr  = "10.60.0.0/16"
  zones = local.zones

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

output "addresses" {
  description = "Where artists may come from."
  value       = sort(keys(local.entries))
}
