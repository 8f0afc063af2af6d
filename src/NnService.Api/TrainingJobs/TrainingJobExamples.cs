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

    /// <summary>The line of a loss curve, without what is around it.</summary>
    public const string Chart =
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" width="800" height="400">
        <title>Loss of heights</title>
        <polyline points="80,60 255,180 430,262 605,301 780,318" fill="none" stroke="#1f77b4" stroke-width="2"/>
        </svg>
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
