# A blueprint for Closedset: a secure floor of cloud workstations, for as long as the show runs.
#
#   closedset validate .    says what is wrong, all at once
#   closedset plan .        says what would be made, and which controls it touches
#   closedset apply .       makes it
#
# Everything is closed that is not opened here.

blueprint {
  version = 1
}

# The label is the alias that names and tags carry. Never use the real title.
production "{alias}" {
  owner         = "your-studio"
  content_class = "pre-release"
  region        = "{region}"
  starts_on     = "{starts_on}"
  wraps_on      = "{wraps_on}"
  controls      = "mpa-5.3.1"

  # The promise: so many days after the wrap, nothing is left.
  destroy_within_days = 30

  contacts {
    security      = "security@your-studio.example"
    content_owner = "assets@client.example"
  }
}

# The key that encrypts everything of this production, and nothing else.
key "content" {
  rotation_days        = 365
  deletion_window_days = 30
}

network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["{region}a", "{region}b"]

  # No route to the internet.
  segment "workstations" {
    tier    = "content"
    newbits = 4
  }

  # AWS services are reached privately, from here.
  segment "services" {
    tier    = "service"
    newbits = 8
  }

  # The only segment with a route to the internet: your connection gateway stands here.
  segment "edge" {
    tier    = "edge"
    newbits = 8
  }

  flow "sign-in" {
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/8443"]
    reason = "Artists reach the connection gateway from the offices."
  }

  flow "stream" {
    from   = network.main.edge
    to     = network.main.workstations
    ports  = ["tcp/8443"]
    reason = "Pixel streaming from the gateway to the workstations."
  }

  endpoints = ["s3", "ssm", "ssmmessages", "ec2messages", "kms", "logs", "secretsmanager"]

  flow_logs {
    retention_days = 365
  }
}

# Replace these with the addresses of your offices.
prefix_list "offices" {
  entries = {
    "203.0.113.0/24" = "Main office"
  }
}

image "artist" {
  os         = "rocky-9"
  gpu_driver = "grid-18.4"

  # The newest image of your account whose name matches.
  lookup {
    owners = ["self"]
    name   = "artist-rocky9-*"
  }
}

# What may pass between an artist's own computer and the workstation: text may go in, nothing comes out.
lockdown "artist" {
  clipboard     = "in"
  file_transfer = "none"
  usb           = "none"
}

display "artist" {
  protocol       = "dcv"
  monitors       = 2
  max_resolution = "3840x2160"
  tablet         = true
}

workstation_pool "comp" {
  seats    = 4
  image    = image.artist
  segment  = network.main.workstations
  lockdown = lockdown.artist
  display  = display.artist

  # By preference: where the first lacks capacity, the next is tried.
  instance_types = ["g6.4xlarge", "g5.4xlarge"]

  root_volume {
    size_gib = 150
    type     = "gp3"
  }

  volume "work" {
    size_gib = 500
    type     = "gp3"
    mount    = "/work"
    backup   = true
  }
}

# After `until`, the next plan takes the access away.
artist "ana" {
  pools = [workstation_pool.comp]
  until = "{wraps_on}"
}

backup "nightly" {
  of        = [workstation_pool.comp]
  schedule  = "cron(0 2 * * ? *)"
  keep_days = 35
}
