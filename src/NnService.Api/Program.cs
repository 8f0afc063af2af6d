using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Health;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.Observability;
using NnService.Api.Quickstart;
using NnService.Api.Storage;
using NnService.Api.Swagger;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;
using Serilog;

if (args is ["healthcheck", ..])
    return await HealthCheckCommand.RunAsync(args[1..]);
var isQuickstart = args is ["quickstart", ..];

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = isQuickstart ? args[1..] : args, ContentRootPath = AppContext.BaseDirectory });
builder.UseDefaultAddress();
builder.AddLogs();
builder.AddStorage();
builder.AddDatasets();
builder.AddModels();
builder.AddTraining();
builder.AddSwagger();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.ConfigureHttpJsonOptions(options => SpecJson.Configure(options.SerializerOptions));
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(8));

var app = builder.Build();
app.UseRequestHeaders();
app.UseSerilogRequestLogging();
app.UseMiddleware<ProblemMiddleware>();
app.UseSwaggerPages();

app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();
app.MapHealth();
var api = app.MapGroup("/api/v1").AddEndpointFilter(QueryValue.RefuseUnknown);
api.MapNetworks();
api.MapDatasets();
api.MapTrainingJobs();
api.MapModels();

try
{
    await app.StartAsync();
}
catch (DataFolderException reason)
{
    await Console.Error.WriteLineAsync(reason.Message);
    return 1;
}

Console.WriteLine($"NnService is ready. Swagger UI: {app.Urls.First()}/swagger");
if (isQuickstart)
    await QuickstartCommand.RunAsync(app.Urls.First(), app.Lifetime.ApplicationStopping);
await app.WaitForShutdownAsync();
return 0;

/// <summary>Named for the tests' host.</summary>
public partial class Program;
