@echo off
rem Runs Paket with the package feed of this machine's NuGet configuration: what paket.sh does, for Windows.
setlocal
pushd "%~dp0.."

if not defined NUGET_SOURCE (
    for /f "tokens=1,*" %%a in ('dotnet nuget list source --format short') do (
        if not defined NUGET_SOURCE if /i "%%a"=="E" set "NUGET_SOURCE=%%b"
    )
)
if not defined NUGET_SOURCE (
    echo paket.cmd: the NuGet configuration of this machine names no enabled package source. 1>&2
    echo Add one with 'dotnet nuget add source', or set NUGET_SOURCE. 1>&2
    popd
    exit /b 1
)

dotnet tool restore >nul
if errorlevel 1 (popd & exit /b 1)
dotnet paket %*
set result=%errorlevel%
popd
exit /b %result%
