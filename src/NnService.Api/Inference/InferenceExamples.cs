namespace NnService.Api.Inference;

/// <summary>The same two people in the forms of other services.</summary>
internal static class InferenceExamples
{
    public const string Infer =
        """
        { "id": "1", "inputs": [ { "name": "input", "datatype": "FP64", "shape": [2, 2], "data": [[128, 63], [155, 68]] } ] }
        """;

    public const string Instances =
        """
        { "instances": [ { "weight": 128, "height": 63 }, { "weight": 155, "height": 68 } ] }
        """;

    public const string Examples =
        """
        { "examples": [ { "weight": 128, "height": 63 }, { "weight": 155, "height": 68 } ] }
        """;

    // Of the model that is made from explicit weights.
    public const string NumberExamples =
        """
        { "examples": [ { "x1": 0.5, "x2": -4 } ] }
        """;

    public const string Invocation =
        """
        { "dataframe_split": { "columns": ["weight", "height"], "data": [[128, 63], [155, 68]] } }
        """;
}
