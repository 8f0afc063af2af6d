using Microsoft.AspNetCore.Connections;
using NnService.Api.Catalogue;
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

if (args is ["healthcheck", ..])
    return await HealthCheckCommand.RunAsync(args[1..]);
var isQuickstart = args is ["quickstart", ..];

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = isQuickstart ? args[1..] : args, ContentRootPath = AppContext.BaseDirectory });
builder.UseDefaultAddress();
builder.AddLogs(isQuickstart);
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
app.UseRequestLog();
app.UseMiddleware<ProblemMiddleware>();
app.UseSwaggerPages();

app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();
app.MapHealth();
var api = app.MapGroup("/api/v1").AddEndpointFilter(QueryValue.RefuseUnknown);
api.MapNetworks();
api.MapDatasets();
api.MapTrainingJobs();
api.MapModels();
api.MapCatalogue();

try
{
    await app.StartAsync();
}
catch (Exception reason) when (reason is DataFolderException or IOException { InnerException: AddressInUseException })
{
    await Console.Error.WriteLineAsync(reason.Message);
    return 1;
}

var address = app.Urls.FirstOrDefault() ?? "";
Console.WriteLine($"NnService is ready. Swagger UI: {address}/swagger");
if (isQuickstart)
    await QuickstartCommand.RunAsync(address, app.Lifetime.ApplicationStopping);
await app.WaitForShutdownAsync();
return 0;

/// <summary>Named for the tests' host.</summary>
public partial class Program;
