namespace NnService.Api.Swagger.Schemas;

/// <summary>What the schemas of types are called.</summary>
internal static class SchemaIds
{
    private static readonly Dictionary<Type, string> s_members =
        SpecFamily.All.SelectMany(family => family.Members).ToDictionary(member => member.Type, member => member.SchemaId);

    /// <summary>A type's name; <c>DatasetSummaryPage</c> of a page of summaries.</summary>
    public static string Of(Type type) =>
        s_members.TryGetValue(type, out var id) ? id
        : type.IsGenericType ? string.Concat(type.GetGenericArguments().Select(Of)) + type.Name.Split('`')[0]
        : type.Name;
}
