# An episodic show: compositing and lighting on Linux, editorial on Windows.
#
# Episodes overlap, so people come and go by the block: who works from when until when is said in one table, and the access
# ends with it. Editors have a pool of their own, with two monitors and no tablets, and their media on a larger volume.

blueprint {
  version = 1
}

variable "seats" {
  type        = map(number)
  description = "Seats by department."

  default = {
    comp      = 12
    lighting  = 6
    editorial = 4
  }

  validation {
    condition     = sum(values(var.seats)) <= 120
    error_message = "The floor has 120 seats in all."
  }
}

locals {
  region = "us-west-2"

  # A block of episodes ends with its delivery.
  delivery = {
    block_one = "2027-02-26"
    block_two = "2027-06-30"
  }

  offices = {
    "203.0.113.0/25"   = "Editorial, London"
    "203.0.113.128/25" = "Compositing and lighting, London"
  }

  linux_services = {
    license_server = "10.52.64.20"
    projects       = "10.52.48.10:/harbor"
  }
}

production "harbor" {
  owner               = "tideline-post"
  content_class       = "pre-release"
  region              = local.region
  starts_on           = "2026-12-01"
  wraps_on            = "2027-06-30"
  controls            = "mpa-5.3.1-gold-star"
  key                 = key.content
  destroy_within_days = 30

  tags = {
    show   = "harbor"
    season = "one"
  }

  contacts {
    security      = "security@tideline.example"
    content_owner = "assets@network.example"
  }
}

# Editorial sees whole episodes, so its volumes have a key of their own.
key "content" {
  rotation_days        = 365
  deletion_window_days = 30
}

key "editorial" {
  rotation_days        = 180
  deletion_window_days = 14
}

network "main" {
  cidr      = "10.52.0.0/16"
  zones     = ["${local.region}a", "${local.region}b"]
  zone_room = 4

  segment "workstations" {
    tier    = "content"
    newbits = 5
  }

  # Editors and artists don't reach each other: they stand in segments of their own.
  segment "editorial" {
    tier    = "content"
    newbits = 6
  }

  segment "storage" {
    tier    = "content"
    newbits = 6
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
    ports  = ["tcp/8443"]
    reason = "Artists and editors reach the connection gateway from the offices."
  }

  flow "stream-artists" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443"]
    reason = "Pixel streaming from the gateway to artists' workstations."
  }

  flow "stream-editors" {
    from   = network.main.edge
    to     = network.main.editorial
    ports  = ["tcp/8443"]
    reason = "Pixel streaming from the gateway to editors' workstations."
  }

  flow "projects" {
    from   = network.main.workstations
    to     = network.main.storage
    ports  = ["tcp/2049"]
    reason = "Projects are mounted over NFS 4."
  }

  flow "media" {
    from   = network.main.editorial
    to     = network.main.storage
    ports  = ["tcp/445"]
    reason = "Media are mounted over SMB 3 with encryption."
  }

  flow "licenses" {
    from   = network.main.workstations
    to     = network.main.services
    ports  = ["tcp/4101-4102"]
    reason = "Floating licenses of the compositing and lighting packages."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "ec2messages", "kms", "logs", "secretsmanager"]

  flow_logs {
    retention_days = 400
  }
}

prefix_list "offices" {
  entries = local.offices
}

image "linux" {
  os            = "rocky-9"
  ssm_parameter = "/harbor/ami/linux"
  gpu_driver    = "grid-18.4"
  dcv_version   = "2025.0"
}

image "windows" {
  os            = "windows-2022"
  ssm_parameter = "/harbor/ami/editorial"
  gpu_driver    = "grid-18.4"
  dcv_version   = "2025.0"
}

lockdown "artist" {
  clipboard = "in"
  usb       = "tablets"
}

# Editors have nothing to paste, and listen more than they type.
lockdown "editor" {
  clipboard = "none"
  max_hours = 10
}

display "artist" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "3840x2160"
  color          = "yuv444"
  tablet         = true
}

display "editor" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "2560x1440"
  frame_rate     = 60
}

workstation_pool "comp" {
  seats          = var.seats.comp
  image          = image.linux
  segment        = network.main.workstations
  key            = key.content
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "har-comp"

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  volume "cache" {
    size_gib        = 800
    type            = "gp3"
    iops            = 5000
    throughput_mibs = 350
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
    vars     = local.linux_services
  }
}

workstation_pool "lighting" {
  seats          = var.seats.lighting
  image          = image.linux
  segment        = network.main.workstations
  key            = key.content
  instance_types = ["g6e.4xlarge", "g6e.8xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  name_prefix    = "har-light"

  root_volume {
    size_gib = 200
    type     = "gp3"
  }

  volume "cache" {
    size_gib        = 1500
    type            = "gp3"
    iops            = 8000
    throughput_mibs = 500
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
    vars     = local.linux_services
  }
}

# Computer names on Windows have at most 15 characters: the prefix and the seat's number.
workstation_pool "editorial" {
  seats          = var.seats.editorial
  image          = image.windows
  segment        = network.main.editorial
  key            = key.editorial
  instance_types = ["g6.2xlarge", "g5.2xlarge"]
  lockdown       = lockdown.editor
  display        = display.editor
  name_prefix    = "har-edit"

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  volume "media" {
    size_gib        = 2000
    type            = "gp3"
    iops            = 6000
    throughput_mibs = 400
    mount           = "M:"
  }

  volume "projects" {
    size_gib = 200
    type     = "gp3"
    mount    = "P:"
    backup   = true
  }

  # An editor's bay is never taken away in the middle of a cut.
  update {
    max_unavailable = 1
  }
}

artist "amir" {
  pools = [workstation_pool.comp]
  seat  = 1
  until = local.delivery.block_two
}

artist "birgit" {
  pools = [workstation_pool.comp]
  until = local.delivery.block_one
}

artist "carmen" {
  pools = [workstation_pool.lighting]
  from  = "2027-01-04"
  until = local.delivery.block_two
}

artist "dolores" {
  pools = [workstation_pool.editorial]
  seat  = 1
  until = local.delivery.block_two
}

artist "emil" {
  pools = [workstation_pool.comp, workstation_pool.lighting]
  from  = "2027-02-01"
  until = local.delivery.block_two
}

backup "nightly" {
  of          = [workstation_pool.comp, workstation_pool.lighting]
  schedule    = "cron(0 1 * * ? *)"
  keep_days   = 30
  rpo_hours   = 24
  rto_minutes = 90

  lock {
    mode     = "governance"
    min_days = 7
    max_days = 60
  }

  copy {
    region    = "us-east-2"
    keep_days = 30
  }
}

# A cut is worth more than a night: editorial is saved every four hours.
backup "editorial" {
  of          = [workstation_pool.editorial]
  schedule    = "cron(0 0/4 * * ? *)"
  keep_days   = 30
  rpo_hours   = 4
  rto_minutes = 60

  lock {
    mode     = "governance"
    min_days = 7
    max_days = 60
  }

  copy {
    region    = "us-east-2"
    keep_days = 30
  }
}

output "seats" {
  description = "Seats by department."
  value       = var.seats
}
