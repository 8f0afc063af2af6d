using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using NnService.Api.Http;
using NnService.Api.Http.Describing;

namespace NnService.Api.Models;

/// <summary>The two paths of whatever is asked of a model: its name means the latest version, <c>/versions/</c> behind it a version or an alias.</summary>
internal static class VersionedRoutes
{
    /// <summary>The parameter of a path that is the model's name.</summary>
    public const string Name = "name";

    /// <summary>The parameter that is a version's number or an alias.</summary>
    public const string Version = "version";

    /// <summary>Maps a handler, which takes a <see cref="ModelPath"/>, to both paths. A <see cref="RequestDelegate"/> makes one of the request.</summary>
    /// <param name="map">Maps the handler below one of the paths.</param>
    /// <param name="latest">Summary of the latest version's path.</param>
    /// <param name="version">Summary of a version's path.</param>
    /// <param name="details">What else is to be said of both; null: nothing.</param>
    /// <param name="id">What generated clients call the first one, with <c>Model</c> in it, which is <c>ModelVersion</c> in the other; null: that is made of
    /// the path.</param>
    public static RouteHandlerBuilder MapVersioned(
        Func<string, IEndpointConventionBuilder> map, string latest, string version, string? details = null, string? id = null)
    {
        var (first, second) = (map($"/{{{Name}}}").WithSummary(latest), map($"/{{{Name}}}/versions/{{{Version}}}").WithSummary(version));
        if (id is not null)
        {
            first.WithName(id);
            second.WithName(id.Replace("Model", "ModelVersion", StringComparison.Ordinal));
        }

        var endpoints = new RouteHandlerBuilder([first, second]);
        return (details is null ? endpoints : endpoints.WithDescription(details)).NamesModel();
    }

    /// <summary>Describes the parameters of a path that a handler takes as a <see cref="ModelPath"/>.</summary>
    public static RouteHandlerBuilder NamesModel(this RouteHandlerBuilder endpoint)
    {
        endpoint.Add(builder =>
        {
            var pattern = ((RouteEndpointBuilder)builder).RoutePattern;
            foreach (var (i, parameter) in PathParameter.All.Where(parameter => pattern.GetParameter(parameter.Name) is not null).Index())
                builder.Metadata.Insert(i, parameter);
            if (builder.Metadata.Any(known => known is MethodInfo))
                return;
            builder.Metadata.Add(PathParameter.Method); // a RequestDelegate: without a method it is not described
        });
        return endpoint.PathExample(Name, Examples.ModelName, "The model's name.", ValueForm.Name)
            .PathExample(Version, "1", "A version's number, or an alias.");
    }

    /// <summary>A parameter of a path, described as the framework describes those that a handler takes one by one.</summary>
    private sealed class PathParameter(ParameterInfo parameter) : IParameterBindingMetadata
    {
        public static MethodInfo Method { get; } = ((Action<string, string>)TakesPath).Method;

        public static PathParameter[] All { get; } = [.. Method.GetParameters().Select(parameter => new PathParameter(parameter))];

        public string Name => parameter.Name!;

        public bool HasTryParse => false;

        public bool HasBindAsync => false;

        public bool IsOptional => false;

        public ParameterInfo ParameterInfo => parameter;

        private static void TakesPath(string name, string version)
        {
        }
    }
}
