namespace NnService.Api.Studies;

/// <summary>Bodies that work as they stand.</summary>
internal static class StudyExamples
{
    public const string Search =
        """
        {
          "name": "heights-search",
          "job": {
            "dataset": "heights",
            "target": "gender",
            "features": ["weight", "height"],
            "split": { "train": 0.5, "validation": 0.5, "test": 0 },
            "epochs": 20
          },
          "search": {
            "/optimizer/learningRate": { "logUniform": [0.001, 0.1] },
            "/network/layers/0/units": { "integer": [2, 16] },
            "/batchSize": { "choice": [1, 2] }
          },
          "trials": 3,
          "model": "heights-best"
        }
        """;

    /// <summary>Each row is tested by a model that has not seen it.</summary>
    public const string CrossValidation =
        """
        {
          "name": "heights-folds",
          "kind": "crossValidation",
          "job": {
            "dataset": "heights",
            "target": "gender",
            "features": ["weight", "height"],
            "split": { "validation": 0 },
            "epochs": 20
          },
          "folds": 2,
          "repeats": 2,
          "keep": "none"
        }
        """;
}
