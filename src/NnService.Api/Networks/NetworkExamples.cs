namespace NnService.Api.Networks;

/// <summary>Bodies that work as they stand.</summary>
internal static class NetworkExamples
{
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
}
