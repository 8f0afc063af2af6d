using System.Diagnostics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Tests.Determinism;

/// <summary>The same training, the same bits: with one thread and two, and with every set of vector instructions, down to none.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public async Task Threads_and_vector_instructions_leave_no_trace_in_the_result()
    {
        var expected = await Run(1);
        Assert.Equal(
            ["digits", "wide", "heights", "points", "members", "piecewiseLinear", "periodic", "cosine"],
            expected.Split('\n').Select(line => line.Split(' ')[0]));

        // Software fused multiply-adds are slow, so that process has the last word of the two that run side by side.
        var slow = Run(1, "DOTNET_EnableHWIntrinsic");
        var others = new Dictionary<string, string>
        {
            ["two threads"] = await Run(2),
            ["without AVX-512"] = await Run(1, "DOTNET_EnableAVX512"),
            ["without AVX-512, two threads"] = await Run(2, "DOTNET_EnableAVX512"),
            ["without AVX2"] = await Run(1, "DOTNET_EnableAVX2"),
            ["without vector instructions"] = await slow,
        };

        Assert.All(others, other => Assert.True(expected == other.Value, $"{other.Key}:\n{other.Value}\nrather than\n{expected}"));
    }

    private static async Task<string> Run(int threads, string? switchedOff = null)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(DeterminismTests).Assembly.Location, "fingerprint", $"{threads}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (switchedOff is not null)
            start.Environment[switchedOff] = "0";
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync();
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(120)).Token);
        Assert.True(child.ExitCode == 0, await error);
        bool isLess = switchedOff is "DOTNET_EnableHWIntrinsic";
        Assert.Equal(
            $"{Avx512F.IsSupported && switchedOff is null} {Avx2.IsSupported && switchedOff is null or "DOTNET_EnableAVX512"} "
                + $"{(X86Base.IsSupported || ArmBase.IsSupported) && !isLess}",
            (await error).Trim());
        return output.Trim().ReplaceLineEndings("\n");
    }
}
