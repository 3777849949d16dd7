# Installs Sealane from the wheels beside this file, into a folder of its own. Uses no network.
$ErrorActionPreference = 'Stop'
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$python = if ($env:PYTHON) { $env:PYTHON } else { 'python' }
$found = & $python -c 'import sys; print("%d.%d" % sys.version_info[:2])'
if ($found -ne '@PYTHON@') {
    Write-Error "These wheels are for Python @PYTHON@; found $found. Set `$env:PYTHON to the right one."
}
Remove-Item Env:PYTHONPATH, Env:PYTHONHOME -ErrorAction SilentlyContinue
& $python -m venv "$here\venv"
if ($LASTEXITCODE -ne 0) { exit 1 }
$wheels = Get-ChildItem "$here\wheels\*.whl" | ForEach-Object { $_.FullName }
& "$here\venv\Scripts\python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps @wheels
if ($LASTEXITCODE -ne 0) { exit 1 }
& "$here\venv\Scripts\python" -m pip check
& "$here\venv\Scripts\sealane" --version
Write-Output "next: $here\venv\Scripts\Activate.ps1; sealane network up $(Split-Path -Parent $here)"
