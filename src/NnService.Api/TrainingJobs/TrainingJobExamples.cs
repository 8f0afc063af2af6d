namespace NnService.Api.TrainingJobs;

/// <summary>Bodies that work as they stand.</summary>
internal static class TrainingJobExamples
{
    /// <summary>What is seldom left out; the rest is chosen.</summary>
    public const string Brief =
        """
        {
          "network": "heights-2-2-1",
          "dataset": "heights",
          "target": "gender",
          "features": ["weight", "height"],
          "model": "heights"
        }
        """;

    /// <summary>The textbook's training, to the digit.</summary>
    public const string Job =
        """
        {
          "network": "heights-2-2-1",
          "dataset": "heights",
          "target": "gender",
          "positiveLabel": "F",
          "features": ["weight", "height"],
          "preprocessing": {
            "columns": { "weight": { "shift": 135, "scale": 1 }, "height": { "shift": 66, "scale": 1 } }
          },
          "loss": "meanSquaredError",
          "optimizer": { "type": "sgd", "learningRate": 0.1 },
          "batchSize": 1,
          "epochs": 1000,
          "order": "sequential",
          "seed": 7,
          "precision": "float64",
          "model": "heights"
        }
        """;

    public const string Comparison =
        """
        { "ids": ["latest"] }
        """;
}
