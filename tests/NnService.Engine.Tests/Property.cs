using CsCheck;

namespace NnService.Engine.Tests;

/// <summary>Checks a property on drawn cases, the same in every run. CsCheck makes a case that fails smaller and says its seed.</summary>
internal static class Property
{
    private const int Shrinks = 20_000;

    // CsCheck's own Sample takes a seed for its first case only; the others differ from run to run.
    internal static void Holds<T>(Gen<T> cases, Action<T> property, int count)
    {
        var random = new PCG(stream: 1, seed: 1);
        for (var i = 0; i < count; i++)
        {
            var state = random.State;
            var drawn = cases.Generate(random, null, out _);
            try
            {
                property(drawn);
            }
            catch
            {
                cases.Sample(property, seed: random.ToString(state), iter: Shrinks, threads: 1);
                throw;
            }
        }
    }
}
