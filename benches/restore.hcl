# The floor whose restores are measured: as many seats as the variable says, each with a volume of work that is kept safe
# and copied to another region.
#
#   closedset --cloud rehearsal=cloud.json restore benches/restore.hcl --var seats=1000 --plan

blueprint {
  version = 1
}

variable "seats" {
  type        = number
  default     = 10
  description = "How many seats the floor has."
}

production "restored" {
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-01-01"
  wraps_on      = "2036-06-30"
  contacts {
    security      = "security@lighthouse.example"
    content_owner = "assets@studio.example"
  }
}

key "content" {}

network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["us-west-2a", "us-west-2b"]

  segment "workstations" {
    tier    = "content"
    newbits = 3
  }
  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443", "udp/8443"]
    reason = "Pixel streaming from the gateway."
  }
  flow "office" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/443"]
    reason = "The gateway, from the offices."
  }
  endpoints = ["s3", "ssm", "ssmmessages", "kms", "logs"]
}

prefix_list "offices" {
  entries = {
    "203.0.113.0/24" = "Soho"
  }
}

image "linux" {
  os = "rocky-9"
  ssm_parameter = "/lighthouse/ami/linux"
}

lockdown "artist" {}

display "artist" {
  protocol = "dcv"
}

workstation_pool "comp" {
  seats          = var.seats
  image          = image.linux
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge", "g5.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  root_volume {
    size_gib = 100
    type     = "gp3"
  }
  volume "work" {
    size_gib = 60
    type     = "gp3"
    mount    = "/work"
    backup   = true
  }
}

backup "nightly" {
  schedule  = "cron(0 2 * * ? *)"
  keep_days = 35
  rpo_hours = 24
  of        = [workstation_pool.comp]
  copy {
    region    = "us-east-2"
    keep_days = 90
  }
}
