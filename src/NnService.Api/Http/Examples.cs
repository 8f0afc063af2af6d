namespace NnService.Api.Http;

/// <summary>One story told through every example: four people, a 2-2-1 network, and two people it has not seen.</summary>
internal static class Examples
{
    public const string NetworkName = "heights-2-2-1";
    public const string DatasetName = "heights";
    public const string ModelName = "heights";
    public const string AliasName = "champion";

    public const string Network =
        """
        {
          "name": "heights-2-2-1",
          "description": "Two inputs, two hidden neurons, one output",
          "inputs": 2,
          "layers": [
            { "type": "dense", "units": 2, "activation": "sigmoid" },
            { "type": "dense", "units": 1, "activation": "sigmoid" }
          ]
        }
        """;

    public const string Csv =
        """
        name,weight,height,gender
        Alice,133,65,F
        Bob,160,72,M
        Charlie,152,70,M
        Diana,120,60,F

        """;

    public const string Rows =
        """
        {
          "name": "heights",
          "columns": ["name", "weight", "height", "gender"],
          "rows": [
            ["Alice", 133, 65, "F"],
            ["Bob", 160, 72, "M"],
            ["Charlie", 152, 70, "M"],
            ["Diana", 120, 60, "F"]
          ]
        }
        """;

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

    public const string Infer =
        """
        { "id": "1", "inputs": [ { "name": "input", "datatype": "FP64", "shape": [2, 2], "data": [[128, 63], [155, 68]] } ] }
        """;

    public const string Instances =
        """
        { "instances": [ { "weight": 128, "height": 63 }, { "weight": 155, "height": 68 } ] }
        """;

    public const string Invocation =
        """
        { "dataframe_split": { "columns": ["weight", "height"], "data": [[128, 63], [155, 68]] } }
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

    public const string Trace =
        """
        { "row": { "weight": 133, "height": 65 }, "target": "F", "loss": "meanSquaredError", "learningRate": 0.1 }
        """;

    public const string Explain =
        """
        { "row": { "weight": 128, "height": 63 } }
        """;
}
