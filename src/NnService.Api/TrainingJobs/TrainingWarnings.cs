using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs;

/// <summary>What in a table is likely to make the figures of a model worse, or better than they should be; looked for once, before the training.</summary>
internal static class TrainingWarnings
{
    private const int FewRows = 10;
    private const int MostNamed = 10;

    /// <summary>A sentence for each thing found.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="isNetworkAsked">Whether the caller has chosen the network: nobody is told to choose another one than the service itself has.</param>
    public static IReadOnlyList<string> Of(TrainingPlan plan, Table table, bool isNetworkAsked)
    {
        var warnings = new List<string>();
        foreach (var column in plan.Features.Columns.Where(column => column is { Dates: null, Imputed: null, ImputedCategory: null } && column.MissingIndicator))
            warnings.Add($"Column \"{column.Name}\" is missing in every training row; nothing can be learnt from it.");
        warnings.AddRange(TableFlaws.In(plan, table));
        warnings.AddRange(NumberFit.Rounded(table, plan.Features, plan.Target, plan.Configuration.Precision!.Value));
        if (SmallClasses(plan, table) is { } classes)
            warnings.Add(classes);
        if (isNetworkAsked && plan.ParameterCount > (long)plan.Split.Train.Length * plan.Outputs)
            warnings.Add(
                $"The network has {plan.ParameterCount:N0} parameters for {plan.Split.Train.Length:N0} training rows with {Text(plan.Outputs, "output")} each: it can learn them by heart. Watch the test part, or take a smaller network.");
        if (Duplicates(plan, table) is { } duplicates)
            warnings.Add(duplicates);
        foreach (var leak in LeakSearch.In(table, [.. plan.Features.Columns.Select(column => column.Name)], plan.Target, plan.Split.Train.Span))
            warnings.Add($"Column \"{leak.Column}\" predicts the target almost alone ({leak.Figure}). If it is not known when predictions are made, put it into ignore.");
        return warnings;
    }

    private static string? SmallClasses(TrainingPlan plan, Table table)
    {
        if (plan.Target.Task == TaskKind.Regression)
            return null;
        int[] rows = [.. plan.Split.Train.Span, .. plan.Split.Validation.Span, .. plan.Split.Test.Span];
        var labels = new int[rows.Length];
        plan.Target.EncodeLabels(table, rows, labels);
        var counts = new int[plan.Target.Labels.Count];
        foreach (var label in labels)
            counts[label]++;
        var small = plan.Target.Labels.Zip(counts).Where(label => label.Second < FewRows).Select(label => $"\"{label.First}\" ({label.Second})").ToList();
        return small.Count == 0 ? null
            : $"{(small.Count == 1 ? "A class has" : $"{small.Count} classes have")} fewer than {FewRows} rows, too few to learn or to judge: {string.Join(", ", small.Take(MostNamed))}{(small.Count > MostNamed ? " …" : "")}.";
    }

    // Two rows are the same where all features and targets are; 64 bits of each are compared.
    private static string? Duplicates(TrainingPlan plan, Table table)
    {
        var others = plan.Split.Validation.Length + plan.Split.Test.Length;
        if (others == 0)
            return null;
        Column[] columns = [.. plan.Features.Columns.Select(column => table.Find(column.Name)!), .. plan.Target.Columns.Select(name => table.Find(name)!)];
        var hashes = new ulong[table.Rows];
        foreach (var cells in columns.SelectMany(column => column.Pieces()))
            Mix(hashes.AsSpan(cells.FirstRow, cells.Rows), cells);
        var seen = new HashSet<ulong>(plan.Split.Train.Length);
        foreach (var row in plan.Split.Train.Span)
            seen.Add(hashes[row]);
        var repeated = 0;
        foreach (var row in (int[])[.. plan.Split.Validation.Span, .. plan.Split.Test.Span])
            repeated += seen.Contains(hashes[row]) ? 1 : 0;
        return repeated == 0 ? null
            : $"{repeated:N0} of the {others:N0} rows kept for validation and test also stand in the training part, the same in every feature and target; they flatter the figures. Where rows belong together, say so with groupBy.";
    }

    private static void Mix(Span<ulong> hashes, Column cells)
    {
        var numbers = cells.Numbers;
        var codes = cells.Codes;
        for (var row = 0; row < numbers.Length; row++)
            hashes[row] = Mix(hashes[row] ^ BitConverter.DoubleToUInt64Bits(numbers[row] + 0.0)); // + 0: the two zeros are the same
        for (var row = 0; row < codes.Length; row++)
            hashes[row] = Mix(hashes[row] ^ (uint)codes[row]);
    }

    // The finalizer of splitmix64 (Steele, Lea and Flood 2014), behind its step so that zeros do not stay zeros.
    private static ulong Mix(ulong bits)
    {
        bits += 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    private static string Text(int count, string what) => count == 1 ? $"1 {what}" : $"{count:N0} {what}s";
}
