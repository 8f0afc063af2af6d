namespace NnService.Api.Datasets;

/// <summary>Four people, as bodies that work as they stand.</summary>
internal static class DatasetExamples
{
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
}
