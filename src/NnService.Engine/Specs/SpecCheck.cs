using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace NnService.Engine.Specs;

/// <summary>Checks the limits that specs and options declare with <see cref="RangeAttribute"/>, and their own rules, all the way down.</summary>
public static class SpecCheck
{
    /// <summary>Everything that is wrong in <paramref name="value"/>; empty where nothing is.</summary>
    /// <param name="value">A spec, or a record or list that holds some.</param>
    /// <param name="at">JSON pointer of the value; <c>#</c> is the whole document.</param>
    public static IReadOnlyList<SpecProblem> Problems(object value, string at = "#")
    {
        var problems = new List<SpecProblem>();
        Visit(value, at, problems);
        return problems;
    }

    private static void Visit(object? value, string at, List<SpecProblem> problems)
    {
        switch (value)
        {
            case null or string or IEnumerable<double>:
                return;
            case IDictionary map:
                foreach (DictionaryEntry entry in map)
                    Visit(entry.Value, $"{at}/{SpecJson.Escape((string)entry.Key)}", problems);
                return;
            case IEnumerable list:
                var index = 0;
                foreach (var item in list)
                    Visit(item, $"{at}/{index++}", problems);
                return;
        }

        if (value.GetType().Assembly != typeof(SpecCheck).Assembly && value is not ICheckedRequest)
            return;
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || !property.CanWrite)
                continue;
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var content = property.GetValue(value);
            if (content is not null && property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(content))
                problems.Add(new SpecProblem($"{at}/{name}", $"{name} is {Text(content)}; it must be {Text(range)}."));
            Visit(content, $"{at}/{name}", problems);
        }

        (value as Spec)?.Check(at, problems);
    }

    private static string Text(RangeAttribute range)
    {
        var low = Text(range.Minimum);
        var high = Text(range.Maximum);
        var above = range.MinimumIsExclusive ? $"greater than {low}" : $"at least {low}";
        var below = range.MaximumIsExclusive ? $"less than {high}" : $"at most {high}";
        return range.Maximum is double.MaxValue or int.MaxValue ? above : $"{above} and {below}";
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}

/// <summary>Marks a record outside the engine whose properties are to be checked like those of a spec.</summary>
public interface ICheckedRequest;
