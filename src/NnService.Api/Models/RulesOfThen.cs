using System.Text.Json.Nodes;
using NnService.Engine;

namespace NnService.Api.Models;

/// <summary>What a stored job or model means that does not say by which rules it trains (decision 54).</summary>
internal static class RulesOfThen
{
    /// <summary>Says them in a configuration.</summary>
    public static void Say(JsonObject configuration)
    {
        if (configuration["preprocessing"] is not JsonObject preprocessing)
            configuration["preprocessing"] = preprocessing = [];
        configuration["rulesVersion"] ??= Version(saysConstants: preprocessing["ignoreConstants"] is not null);
        preprocessing["ignoreConstants"] ??= false;
    }

    /// <summary>The version of the rules. The choice about constants is older than that of rules by hours, and came after the second ones.</summary>
    /// <param name="saysConstants">Whether it says what becomes of constants.</param>
    public static int Version(bool saysConstants) => saysConstants ? TrainingRules.EqualWeights : TrainingRules.First;
}
