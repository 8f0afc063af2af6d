using System.ComponentModel;
using System.Diagnostics;

namespace NnService.Benchmarks.Serving;

/// <summary>Where ONNX Runtime's library is: npm has it, no package source of ours does.</summary>
internal static class OrtLibrary
{
    private const string Package = "onnxruntime-node@1.30.0";
    private const string InModules = "onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1";

    /// <summary>The library from <c>NODE_PATH</c>, or else installed into a folder; null where npm cannot have it.</summary>
    public static string? Find(string folder)
    {
        var known = Environment.GetEnvironmentVariable("NODE_PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (known.Select(modules => Path.Combine(modules, InModules)).FirstOrDefault(File.Exists) is { } there)
            return there;
        try
        {
            using var npm = Process.Start(
                new ProcessStartInfo(
                    "npm", ["install", "--silent", "--ignore-scripts",
                    "--no-audit", "--no-fund", "--prefix", folder, Package])
                { RedirectStandardOutput = true })!;
            npm.StandardOutput.ReadToEnd();
            npm.WaitForExit();
        }
        catch (Win32Exception) // there is no npm
        {
        }

        var installed = Path.Combine(folder, "node_modules", InModules);
        return File.Exists(installed) ? installed : null;
    }
}
