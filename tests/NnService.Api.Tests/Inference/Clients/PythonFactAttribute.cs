using System.Diagnostics;

namespace NnService.Api.Tests.Inference.Clients;

/// <summary>A test that runs a script with python3, and is skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["--version"]) { RedirectStandardOutput = true });
            python!.WaitForExit();
            if (python.ExitCode != 0)
                Skip = "python3 does not run here.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip = "There is no python3 here.";
        }
    }
}
