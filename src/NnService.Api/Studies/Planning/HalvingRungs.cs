namespace NnService.Api.Studies.Planning;

/// <summary>Successive halving (Jamieson and Talwalkar 2016; Li et al. 2020): after minEpochs · etaᵏ epochs one trial in eta goes on.</summary>
internal static class HalvingRungs
{
    /// <summary>The epochs after which trials are held; none of them is the last one.</summary>
    public static IReadOnlyList<int> Of(int minEpochs, int eta, int epochs)
    {
        var rungs = new List<int>();
        for (long rung = minEpochs; rung < epochs; rung *= eta)
            rungs.Add((int)rung);
        return rungs;
    }

    /// <summary>How many of so many go on.</summary>
    public static int Survivors(int trials, int eta) => Math.Max(1, trials / eta);
}
