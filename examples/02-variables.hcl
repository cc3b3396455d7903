# Variables, their validation, and an output.
#
#   closedset plan examples/02-variables.hcl --var seats=12 --var room=large

variable "seats" {
  type        = number
  default     = 6
  description = "Seats on the floor."

  validation {
    condition     = var.seats >= 1 && var.seats <= 40
    error_message = "The floor holds 1 to 40 artists."
  }
}

variable "room" {
  type        = string
  default     = "small"
  description = "How much disk an artist gets: small or large."

  validation {
    condition     = contains(["small", "large"], var.room)
    error_message = "A room is small or large."
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
  seats          = var.seats
  image          = image.artist
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = var.room == "large" ? 500 : 150
    type     = "gp3"
  }
}

output "disk_gib" {
  description = "Disk over all seats."
  value       = workstation_pool.comp.seats * (var.room == "large" ? 500 : 150)
}
