#!/bin/sh
# Installs the packages from a folder (artifacts/packages, made by pack.sh) as a stranger would, into a C# console, an F# project
# and an F# script, and runs README's code in each.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
packages=$(CDPATH= cd -- "${1:-$root/artifacts/packages}" && pwd)
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# An empty cache of its own: a package of the same version that was installed before must not be taken for this one.
export NUGET_PACKAGES="$scratch/cache"

# The code blocks of README in one language, one after the other.
blocks() { awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { if (on) print ""; on = 0 } on' "$root/README.md"; }

cat >"$scratch/nuget.config" <<EOF
<configuration>
  <packageSources>
    <add key="packages of this build" value="$packages" />
  </packageSources>
</configuration>
EOF

# project LANGUAGE PACKAGE: a new console program in the scratch folder with README's code.
project() {
    mkdir "$scratch/$1"
    cat >"$scratch/$1/Readme.$2" <<EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
  </PropertyGroup>
  <ItemGroup>
    $4
    <PackageReference Include="$3" Version="$version" />
  </ItemGroup>
</Project>
EOF
}

echo "-- a C# console"
project csharp csproj Functional.CSharp ""
blocks csharp >"$scratch/csharp/Program.cs"
(cd "$scratch/csharp" && dotnet run -c Release)

echo "-- an F# project"
project fsharp fsproj Functional.Charts '<Compile Include="Program.fs" />'
blocks fsharp >"$scratch/fsharp/Program.fs"
(cd "$scratch/fsharp" && dotnet run -c Release)

echo "-- an F# script"
mkdir "$scratch/script"
{
    echo "#i \"nuget: $packages\""
    echo "#r \"nuget: Functional.Charts, $version\""
    blocks fsharp
} >"$scratch/script/readme.fsx"
(cd "$scratch/script" && dotnet fsi readme.fsx)
