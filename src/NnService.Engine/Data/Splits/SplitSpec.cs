using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Splits;

/// <summary>How rows are chosen for the parts of a split by fractions.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SplitMethod>))]
public enum SplitMethod
{
    /// <summary>At random.</summary>
    Shuffled,

    /// <summary>At random, each class in the same proportions.</summary>
    Stratified,

    /// <summary>In file order: training first, then validation, then test.</summary>
    Sequential,
}

/// <summary>
/// How rows are divided into training, validation and test: by fractions, by every n-th row, by a column, or into folds; null properties take their defaults.
/// </summary>
public sealed record SplitSpec
{
    /// <summary>Fewer usable rows than this are all used for training where no split is asked for.</summary>
    public const int FewestRowsToSplit = 20;

    /// <summary>More folds, or repeats, than this are refused.</summary>
    public const int MostFolds = 1000;

    private const double DefaultTrain = 0.8;
    private const double DefaultPart = 0.1;
    private const double Tolerance = 1e-9;

    /// <summary>Fraction of the usable rows to train on.</summary>
    [Range(0.0, 1.0)]
    [Description("Fraction of all rows to train on; default 0.8.")]
    public double? Train { get; init; }

    /// <summary>Fraction of the usable rows for validation; beside <c>testEvery</c> and <c>folds</c>, of the rows that are not test.</summary>
    [Range(0.0, 1.0)]
    [Description("Fraction of all rows (with testEvery and folds: of the rows that are not test) for validation; default 0.1.")]
    public double? Validation { get; init; }

    /// <summary>Fraction of the usable rows for the test.</summary>
    [Range(0.0, 1.0)]
    [Description("Fraction of all rows for the test; default 0.1.")]
    public double? Test { get; init; }

    /// <summary>How rows are chosen; default stratified for classification, else shuffled.</summary>
    [Description("How rows are chosen: shuffled, stratified (default for classification) or sequential.")]
    public SplitMethod? Method { get; init; }

    /// <summary>Rows whose 0-based index in the table is a multiple of this are test; with <c>groupBy</c> groups, counted as they first come.</summary>
    [Range(2, int.MaxValue)]
    [Description("Every n-th row, the first one included, is test; with groupBy every n-th group.")]
    public int? TestEvery { get; init; }

    /// <summary>A column that says train, validation or test for each row; rows where it is missing are unused.</summary>
    [Description("A column whose values are train, validation and test.")]
    public string? Column { get; init; }

    /// <summary>A column of groups: all rows of a group fall into one part; a row without a group is one of its own.</summary>
    [Description("A column of groups: all rows of a group fall into one part.")]
    public string? GroupBy { get; init; }

    /// <summary>Parts of about the same size that all rows are divided into, one of which is test: one fold of a cross-validation.</summary>
    [Range(2, MostFolds)]
    [Description("One fold of a cross-validation: all rows are divided into so many parts, one of which is test.")]
    public int? Folds { get; init; }

    /// <summary>Which of the folds is test, from 0 on; default 0.</summary>
    [Range(0, MostFolds - 1)]
    [Description("With folds: which of them is test, counted from 0; default 0.")]
    public int? Fold { get; init; }

    /// <summary>Which of several divisions into folds, from 0 on; default 0.</summary>
    [Range(0, MostFolds - 1)]
    [Description("With folds: which of several divisions, counted from 0; default 0.")]
    public int? Repeat { get; init; }

    /// <summary>What is wrong with the values themselves; empty where nothing is.</summary>
    public IReadOnlyList<SpecProblem> Validate()
    {
        var problems = new List<SpecProblem>();
        CheckFraction(Train, "train", problems);
        CheckFraction(Validation, "validation", problems);
        CheckFraction(Test, "test", problems);
        if (Column is not null && ((Train ?? Validation ?? Test ?? TestEvery) is not null || Method is not null))
            problems.Add(new SpecProblem("/column", "A split by column goes with groupBy only."));
        else if (TestEvery is not null && ((Train ?? Test) is not null || Method is not null))
            problems.Add(new SpecProblem("/testEvery", "testEvery goes with validation and groupBy only."));
        else if (Folds is not null && ((Train ?? Test ?? TestEvery) is not null || Column is not null || Method is not null))
            problems.Add(new SpecProblem("/folds", "folds goes with fold, repeat, validation and groupBy only."));
        if (Folds is null && (Fold ?? Repeat) is not null)
            problems.Add(new SpecProblem(Fold is null ? "/repeat" : "/fold", "fold and repeat go with folds only."));
        if (Fold >= Folds)
            problems.Add(new SpecProblem("/fold", $"fold is {Fold}; of {Folds} folds the last is {Folds - 1}."));
        if (Folds is not null && Validation == 1)
            problems.Add(new SpecProblem("/validation", "validation must be less than 1, or no row is left to train on."));
        if (TestEvery < 2)
            problems.Add(new SpecProblem("/testEvery", "testEvery must be at least 2, or no row is left to train on."));
        if (TestEvery is not null && Validation == 1)
            problems.Add(new SpecProblem("/validation", "validation must be less than 1, or no row is left to train on."));
        if (Train == 0)
            problems.Add(new SpecProblem("/train", "train must be greater than 0."));
        bool isByFractions = Column is null && TestEvery is null && Folds is null;
        if (isByFractions && Train is null && Math.Abs((Validation ?? 0) + (Test ?? 0) - 1) <= Tolerance)
            problems.Add(new SpecProblem(Validation == 1 ? "/validation" : Test == 1 ? "/test" : "", "validation and test leave no row to train on."));
        double sum = (Train ?? 0) + (Validation ?? 0) + (Test ?? 0);
        if (problems.Count == 0 && sum > 1 + Tolerance)
            problems.Add(new SpecProblem("", $"train, validation and test add up to {sum:0.######}; that is more than 1."));
        return problems;
    }

    /// <summary>What is wrong with the values for a table; empty where nothing is.</summary>
    /// <param name="table">The table to split.</param>
    /// <param name="isClassification">Whether there are classes to stratify by.</param>
    public IReadOnlyList<SpecProblem> Validate(Table table, bool isClassification)
    {
        var problems = new List<SpecProblem>(Validate());
        if (Column is not null && table.Find(Column) is null)
            problems.Add(new SpecProblem("/column", NoColumn(table, Column)));
        if (GroupBy is not null && table.Find(GroupBy) is null)
            problems.Add(new SpecProblem("/groupBy", NoColumn(table, GroupBy)));
        if (Method == SplitMethod.Stratified && !isClassification)
            problems.Add(new SpecProblem("/method", "A stratified split needs classes; use shuffled for regression."));
        return problems;
    }

    private static string NoColumn(Table table, string name) =>
        $"The table has no column \"{name}\".{NearestNames.Suggestion(table.ColumnNames, name)}";

    /// <summary>
    /// The same split with every default filled in. Validation and test left out are .1 each, and the training part is the rest; where the given ones leave
    /// less than
    /// .8, .1 and .1 would need, those left out share it in these proportions;
    /// with fewer than 20 usable rows and nothing asked for, everything is training.
    /// </summary>
    public SplitSpec Resolve(int usableRows, bool isClassification)
    {
        if (Column is not null)
            return this;
        if (TestEvery is not null)
            return this with { Validation = Validation ?? DefaultPart };
        if (Folds is not null)
            return this with { Fold = Fold ?? 0, Repeat = Repeat ?? 0, Validation = Validation ?? DefaultPart };
        SplitMethod method = Method ?? (isClassification ? SplitMethod.Stratified : SplitMethod.Shuffled);
        if ((Train ?? Validation ?? Test) is null && Method is null && usableRows < FewestRowsToSplit)
            return this with { Train = 1, Validation = 0, Test = 0, Method = method };

        double left = Math.Max(0, 1 - (Train ?? 0) - (Validation ?? 0) - (Test ?? 0));
        double wanted = (Train is null ? DefaultTrain : 0) + (Validation is null ? DefaultPart : 0) + (Test is null ? DefaultPart : 0);
        double share = wanted > left + Tolerance ? left / wanted : 1;
        double validation = Validation ?? DefaultPart * share;
        double test = Test ?? DefaultPart * share;
        return this with
        {
            Train = Train ?? (share < 1 ? DefaultTrain * share : 1 - validation - test), // nobody asked to leave rows unused
            Validation = validation,
            Test = test,
            Method = method,
        };
    }

    private static void CheckFraction(double? fraction, string name, List<SpecProblem> problems)
    {
        if (fraction is not (null or (>= 0 and <= 1)))
            problems.Add(new SpecProblem("/" + name, $"{name} must be between 0 and 1."));
    }
}
