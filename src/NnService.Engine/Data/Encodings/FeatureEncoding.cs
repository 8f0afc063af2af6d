using System.Text.Json.Serialization;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>How raw rows become the inputs of a network; fitted on training rows, immutable, travels in the model.</summary>
public sealed record FeatureEncoding
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <summary>An encoding of the given columns; their offsets are set here.</summary>
    /// <exception cref="ArgumentException">Two columns share a name, one is text, a scale is 0 or not finite, or categories are out of order.</exception>
    [JsonConstructor]
    public FeatureEncoding(IReadOnlyList<FeatureColumn> columns, MissingCells missing)
    {
        var placed = new FeatureColumn[columns.Count];
        for (int i = 0; i < placed.Length; i++)
        {
            if (!_places.TryAdd(columns[i].Name, i))
                throw new ArgumentException($"Feature \"{columns[i].Name}\" is named twice.");
            Check(columns[i]);
            placed[i] = columns[i] with { Offset = Width };
            Width = checked(Width + placed[i].Width);
        }

        Columns = placed;
        Missing = missing;
        Layout = new RowLayout(placed);
    }

    /// <summary>The raw columns in the order of a row's values.</summary>
    public IReadOnlyList<FeatureColumn> Columns { get; }

    /// <summary>The place of a column among <see cref="Columns"/>; -1 where there is none of that name.</summary>
    public int IndexOf(string name) => _places.TryGetValue(name, out int place) ? place : -1;

    /// <summary>What happens to missing cells.</summary>
    public MissingCells Missing { get; }

    /// <summary>How cells of a CSV are written, as in the training table; null: with decimal points and the usual spellings of missing cells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CellNotation? Notation { get; init; }

    /// <summary>Number of inputs of the network.</summary>
    [JsonIgnore]
    public int Width { get; }

    /// <summary>How the rows that <see cref="TableEncoder.EncodeCompact{T}"/> writes become the inputs.</summary>
    [JsonIgnore]
    public RowLayout Layout { get; }

    /// <summary>[Width] names of the inputs, such as <c>age</c>, <c>sex=female</c>, <c>age is missing</c>.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> InputNames => [.. Columns.SelectMany(column => column.InputNames())];

    /// <summary>Fits an encoding of the named columns on the given rows of a table. Each column is read once and held in memory until the next.</summary>
    /// <param name="table">The table.</param>
    /// <param name="features">Names of the columns.</param>
    /// <param name="rows">The rows to fit on, in ascending order.</param>
    /// <param name="spec">How columns become inputs.</param>
    /// <param name="look">Shown each column with what was fitted to it, while its cells are in memory: it must not keep them. Null: nobody else looks.</param>
    /// <param name="choose">Says how a column becomes inputs that the spec does not name, with its cells in memory; null: as the spec says of all.</param>
    /// <exception cref="PreparationException">A feature is unknown, named twice or text; the spec names a column that is none of them, or of another type; or a cell is missing where
    /// that is an error.</exception>
    public static FeatureEncoding Fit(
        Table table, IReadOnlyList<string> features, int[] rows, PreprocessingSpec spec,
        Action<Column, FeatureColumn>? look = null, Func<Column, ColumnScaling?>? choose = null)
    {
        if (spec.Validate(table, features) is [var problem, ..])
            throw new PreparationException(problem.Detail);
        var columns = new FeatureColumn[features.Count];
        double[] room = []; // of one column after the other
        for (int i = 0; i < columns.Length; i++)
        {
            Column column = table.Find(features[i])
                ?? throw new PreparationException($"The table has no column \"{features[i]}\".", features[i]);
            Column cells = column.InMemory(ref room);
            columns[i] = FeatureFit.Of(cells, rows, spec, spec.Of(features[i]) ?? choose?.Invoke(cells), table.Notation);
            look?.Invoke(cells, columns[i]);
        }

        try
        {
            return new FeatureEncoding(columns, spec.Missing) { Notation = table.Notation.IsDefault ? null : table.Notation };
        }
        catch (ArgumentException twice)
        {
            throw new PreparationException(twice.Message);
        }
    }

    /// <summary>An encoding of number columns as they are, for networks whose weights are given; a missing cell is an error.</summary>
    public static FeatureEncoding Identity(IReadOnlyList<string> names)
        => new([.. names.Select(name => new FeatureColumn { Name = name, Type = ColumnType.Number })], MissingCells.Error);

    /// <summary>Looks whether the columns that a table has are of the types that are encoded; where one is not, its first such cell is named.</summary>
    /// <exception cref="PreparationException">A column is of another type.</exception>
    public void CheckTypes(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (FeatureColumn feature in Columns)
        {
            if (table.Find(feature.Name) is { } source)
                TableEncoder.CheckType(feature, source, table.Notation);
        }
    }

    /// <summary>Finds the columns in a table once, so that many batches of its rows can be encoded.</summary>
    /// <param name="table">The table, or a slice of it.</param>
    /// <param name="before">The encoder of the slice before, which has looked its categories up; null: none.</param>
    /// <exception cref="PreparationException">A column is absent or of another type.</exception>
    public TableEncoder Bind(Table table, TableEncoder? before = null) => new(this, FeatureRange.All(this), table, before);

    /// <summary>Encodes rows of a table into [rows, Width]; see <see cref="TableEncoder.Encode{T}"/>.</summary>
    /// <exception cref="PreparationException">A column is absent or of another type, or a cell is missing where that is an error.</exception>
    public void Encode(Table table, ReadOnlySpan<int> rows, Span<double> destination, UnknownCategories? unknown = null)
        => Bind(table).Encode(rows, destination, unknown);

    /// <summary>
    /// Encodes one row of [Columns] cells into [Width]; <paramref name="problems"/> [Columns] says for each cell what is wrong with it, null where nothing is.
    /// False where something is.
    /// </summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public bool Encode(ReadOnlySpan<Cell> row, Span<double> destination, Span<string?> problems, UnknownCategories? unknown = null)
    {
        if (row.Length != Columns.Count || problems.Length != Columns.Count || destination.Length != Width)
            throw new ArgumentException(
                $"{row.Length} cells, {problems.Length} problems and {destination.Length} inputs do not fit {Columns.Count} columns and {Width} inputs.");
        destination.Clear();
        bool isFine = true;
        for (int i = 0; i < row.Length; i++)
        {
            FeatureColumn column = Columns[i];
            problems[i] = CellEncoder.Encode(
                column, row[i], Missing, Notation ?? CellNotation.Default, destination.Slice(column.Offset, column.Width), unknown);
            isFine &= problems[i] is null;
        }

        return isFine;
    }

    /// <summary>
    /// Encodes rows that are numbers alone, [rows, Columns], into [rows, Width]: the same numbers as row by row, without a <see cref="Cell"/> for each.
    /// False where a column does not take numbers, one of them cannot be encoded, or some stand for missing cells; that is for encoding row by row.
    /// </summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public bool TryEncodeNumbers(ReadOnlySpan<double> numbers, Span<double> destination)
    {
        int rows = numbers.Length / Columns.Count;
        if (numbers.Length != (long)rows * Columns.Count || destination.Length != (long)rows * Width)
            throw new ArgumentException($"{numbers.Length} numbers and {destination.Length} inputs do not fit {Columns.Count} columns and {Width} inputs.");
        if (Notation is { HasMissingNumbers: true })
            return false;
        destination.Clear();
        bool isFine = true;
        for (int c = 0; c < Columns.Count && isFine; c++)
        {
            FeatureColumn column = Columns[c];
            if (column.Type != ColumnType.Number)
                return false;
            for (int number = c, input = column.Offset; number < numbers.Length; number += Columns.Count, input += Width)
            {
                double value = numbers[number];
                destination[input] = column.Scaled(value);
                isFine &= double.IsFinite(destination[input]) & !column.IsBelowLogarithm(value)
                    & (!column.Clip || double.IsFinite(value)); // of which the bend makes a number
            }
        }

        return isFine;
    }

    private static void Check(FeatureColumn column)
    {
        if (column.Type == ColumnType.Text)
            throw new ArgumentException($"Feature \"{column.Name}\" is text, which has too many distinct values to encode.");
        if (!double.IsFinite(column.Shift) || !double.IsFinite(column.Scale) || column.Scale == 0)
            throw new ArgumentException($"Feature \"{column.Name}\" has no usable scaling: shift {column.Shift}, scale {column.Scale}.");
        if (column.Dates is { } parts
            && (column.Type != ColumnType.Category || parts.Count == 0 || parts.Any(part => !double.IsFinite(part.Shift) || !double.IsFinite(part.Scale) || part.Scale == 0)))
            throw new ArgumentException($"Feature \"{column.Name}\" has parts of dates without a usable scaling.");
        foreach (IReadOnlyList<string> categories in column.WordLists)
        {
            if (!Enumerable.Range(1, Math.Max(0, categories.Count - 1)).All(i => string.CompareOrdinal(categories[i - 1], categories[i]) < 0))
                throw new ArgumentException($"The categories of feature \"{column.Name}\" are not distinct and in ordinal order.");
        }
    }
}
