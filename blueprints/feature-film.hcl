# A feature film: 24 seats for compositing and lighting, in two zones of us-west-2.
#
# Compositors have a fast local cache, lighters a larger GPU. Both work on the studio's shared storage, which is reached
# within the network. Artists come in through a connection gateway in the edge segment; workstations have no public address
# and no route to the internet.
#
#   closedset validate blueprints/feature-film.hcl
#   closedset plan blueprints/feature-film.hcl --var comp_seats=20

blueprint {
  version = 1
}

variable "comp_seats" {
  type        = number
  default     = 16
  description = "Seats on the comp floor; lighting has half as many."

  validation {
    condition     = var.comp_seats >= 2 && var.comp_seats <= 200
    error_message = "The floor holds 2 to 200 compositors."
  }
}

locals {
  # g6 first. Where a zone is out of it, the older g5 does the same work a little slower.
  comp_types     = ["g6.4xlarge", "g5.4xlarge"]
  lighting_types = ["g6e.4xlarge", "g6.8xlarge"]

  pools = [workstation_pool.comp, workstation_pool.lighting]
}

production "nebula" {
  owner               = "lighthouse-vfx"
  content_class       = "pre-release"
  region              = "us-west-2"
  starts_on           = "2026-12-01"
  wraps_on            = "2027-06-30"
  controls            = "mpa-5.3.1"
  key                 = key.content
  destroy_within_days = 30

  tags = {
    cost_center = "4711"
    floor       = "two"
  }

  contacts {
    security      = "security@lighthouse.example"
    content_owner = "assets@studio.example"
  }
}

# At the wrap this key is scheduled for deletion: what is left of the content anywhere can't be read any more.
key "content" {
  rotation_days        = 365
  deletion_window_days = 30
}

network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  # Room for four zones: adding one later moves no subnet.
  zone_room = 4

  # 1019 seats a zone.
  segment "workstations" {
    tier    = "content"
    newbits = 6
  }

  segment "storage" {
    tier    = "content"
    newbits = 8
  }

  segment "services" {
    tier    = "service"
    newbits = 8
  }

  segment "edge" {
    tier    = "edge"
    newbits = 10
  }

  flow "sign-in" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Artists reach the connection gateway from the offices."
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway to the workstations."
  }

  flow "projects" {
    from   = network.main.workstations
    to     = network.main.storage
    ports  = ["tcp/2049"]
    reason = "Projects are mounted over NFS 4."
  }

  flow "licenses" {
    from   = network.main.workstations
    to     = network.main.services
    ports  = ["tcp/4101-4102", "tcp/5053"]
    reason = "Floating licenses of the compositing and lighting packages."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "ec2messages", "kms", "logs", "secretsmanager"]

  flow_logs {
    retention_days = 365
  }
}

prefix_list "offices" {
  entries = {
    "198.51.100.0/26" = "Vancouver"
    "203.0.113.0/24"  = "Soho"
  }
}

image "nuke" {
  os          = "rocky-9"
  gpu_driver  = "grid-18.4"
  dcv_version = "2025.0"

  lookup {
    owners = ["self"]
    name   = "nuke-rocky9-*"
  }
}

image "lighting" {
  os          = "rocky-9"
  gpu_driver  = "grid-18.4"
  dcv_version = "2025.0"

  lookup {
    owners = ["self"]
    name   = "lighting-rocky9-*"
  }
}

# Text may go in, nothing comes out: no files, no printing, no screenshots.
lockdown "artist" {
  clipboard     = "in"
  file_transfer = "none"
  usb           = "tablets"
  idle_minutes  = 15
  max_hours     = 12
  audit         = "all"
}

display "artist" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "4096x2160"
  frame_rate     = 60
  color          = "yuv444"
  quic           = true
  tablet         = true
}

workstation_pool "comp" {
  seats          = var.comp_seats
  image          = image.nuke
  segment        = network.main.workstations
  instance_types = local.comp_types
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "neb-comp"

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  # Frames that are being worked on. It ends with its instance: the storage holds the originals.
  volume "cache" {
    size_gib        = 1000
    type            = "gp3"
    iops            = 6000
    throughput_mibs = 400
    mount           = "/cache"
  }

  # Personal setups and scripts, worth a backup.
  volume "desk" {
    size_gib = 50
    type     = "gp3"
    mount    = "/desk"
    backup   = true
  }

  bootstrap {
    template = "floor.sh.j2"

    vars = {
      license_server = "10.40.20.20"
      projects       = "10.40.16.10:/nebula"
    }
  }

  update {
    max_unavailable = "20%"
  }
}

workstation_pool "lighting" {
  seats          = floor(var.comp_seats / 2)
  image          = image.lighting
  segment        = network.main.workstations
  instance_types = local.lighting_types
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "neb-light"

  root_volume {
    size_gib = 200
    type     = "gp3"
  }

  # Textures and caches are large and read at random.
  volume "cache" {
    size_gib        = 2000
    type            = "gp3"
    iops            = 12000
    throughput_mibs = 750
    mount           = "/cache"
  }

  volume "desk" {
    size_gib = 50
    type     = "gp3"
    mount    = "/desk"
    backup   = true
  }

  bootstrap {
    template = "floor.sh.j2"

    vars = {
      license_server = "10.40.20.20"
      projects       = "10.40.16.10:/nebula"
    }
  }

  # One after the other: lighters run long renders on their own machines.
  update {
    max_unavailable = 1
  }
}

artist "ana" {
  pools = [workstation_pool.comp]
  seat  = 1
  from  = "2026-12-01"
  until = "2027-06-30"
}

artist "bela" {
  pools = [workstation_pool.comp]
  from  = "2027-01-11"
  until = "2027-03-31"
}

artist "chidi" {
  pools = [workstation_pool.lighting]
  seat  = 1
  from  = "2026-12-01"
  until = "2027-06-30"
}

# Supervisors look in on both.
artist "dana" {
  pools = local.pools
  until = "2027-06-30"
}

backup "nightly" {
  of          = local.pools
  schedule    = "cron(0 9 * * ? *)"
  keep_days   = 30
  rpo_hours   = 24
  rto_minutes = 60

  lock {
    mode     = "governance"
    min_days = 7
    max_days = 90
  }

  # For the day when the region is gone.
  copy {
    region    = "us-east-2"
    keep_days = 30
  }
}

output "seats" {
  description = "Seats on the whole floor."
  value       = workstation_pool.comp.seats + workstation_pool.lighting.seats
}
