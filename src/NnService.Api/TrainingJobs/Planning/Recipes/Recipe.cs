namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>How much is done where nothing is said (decision 59).</summary>
public enum Recipe
{
    /// <summary>One network: the quickest.</summary>
    Fast,

    /// <summary>An ensemble in one network, with embedded numbers where there are rows enough.</summary>
    Standard,

    /// <summary>Several such ensembles, of different layers, one after another; those that answer best together become the model. Takes up to ten times as
    /// long.</summary>
    Best,
}
