namespace NnService.Api.Models;

/// <summary>Bodies that work as they stand; the rows are two people whom the model has not seen.</summary>
internal static class ModelExamples
{
    public const string Model =
        """
        {
          "name": "sigmoid-neuron",
          "network": { "layers": [ { "type": "dense", "activation": "sigmoid", "weights": [[0], [1]], "bias": [4] } ] },
          "precision": "float64"
        }
        """;

    public const string Predict =
        """
        { "rows": [ { "weight": 128, "height": 63 }, { "weight": 155, "height": 68 } ] }
        """;

    public const string PredictCsv = "weight,height\n128,63\n155,68\n";

    public const string Alias =
        """
        { "version": 1 }
        """;

    public const string Evaluate =
        """
        { "dataset": "heights" }
        """;

    public const string EvaluateCsv = "weight,height,gender\n133,65,F\n160,72,M\n152,70,M\n120,60,F\n";

    public const string Trace =
        """
        { "row": { "weight": 133, "height": 65 }, "target": "F", "loss": "meanSquaredError", "learningRate": 0.1 }
        """;

    public const string Explain =
        """
        { "row": { "weight": 128, "height": 63 } }
        """;
}
