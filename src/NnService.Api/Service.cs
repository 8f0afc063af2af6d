using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using NnService.Api.Access;
using NnService.Api.Access.Audit;
using NnService.Api.Access.Keys;
using NnService.Api.Catalogue;
using NnService.Api.Cluster;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Health;
using NnService.Api.Http;
using NnService.Api.Inference;
using NnService.Api.Inference.Scoring;
using NnService.Api.Inference.Serving;
using NnService.Api.Keeping;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.Observability;
using NnService.Api.Page;
using NnService.Api.Quickstart;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Api.Studies;
using NnService.Api.Swagger;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;
using NnService.Api.Webhooks;
using NnService.Engine.Specs;

namespace NnService.Api;

/// <summary>The service: what it is put together from, and its life from start to stop.</summary>
internal static class Service
{
    /// <summary>Runs until it is told to stop. The exit code: 0, or 1 where it cannot start.</summary>
    public static async Task<int> RunAsync(string[] args, bool isQuickstart)
    {
        WebApplication? app = null;
        try
        {
            var handles = FileHandles.OfThisProcess(); // before anything needs them
            app = Build(args, handles, isQuickstart ? Voice.Quiet : Voice.Normal);
            MachineMemory.LimitHeap(app.Services.GetRequiredService<MemoryLimits>());
            await app.StartAsync();
            if (app.Services.GetRequiredService<FirstKey>().Make() is { } told)
                await Console.Error.WriteLineAsync(told); // not into the log, which others may read
            var address = PublicAddress(app);
            ReadyLine.Write(address, isForPeople: isQuickstart, app.Services.GetRequiredService<Node>().Serves);
            if (isQuickstart)
                await QuickstartAsync(app, address);
            await app.WaitForShutdownAsync();
            return Environment.ExitCode; // not 0 where something has made it stop
        }
        catch (Exception reason) when (reason is FormatException or SocketException or ArgumentOutOfRangeException { ParamName: "port" }
            or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } or IOException { InnerException: AddressInUseException })
        {
            await Console.Error.WriteLineAsync($"{reason.Message} Choose an address with --urls, for example --urls http://localhost:5081");
        }
        catch (Exception reason) when (StartFailure.Explain(reason, app?.Services.GetRequiredService<DatabaseFailures>()) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
        }

        return 1;
    }

    /// <summary>Runs a command on the data folder of a service that does not run; where there is none to run, says why. The exit code.</summary>
    public static async Task<int> RunOfflineAsync(OfflineCommand? command, string? complaint)
    {
        if (command is null)
            return Usage.Print(Console.Error, 2, complaint);
        return await RunAsync(
            () =>
            {
                var settings = SettingsOf(command.Settings).Configuration;
                if (!command.MakesFolder)
                    DataFolder.Require(DataFolder.PathIn(settings), StorageSetup.IsDatabaseInFolder(settings));
                return Build(command.Settings, FileHandles.OfThisProcess(), Voice.Silent);
            },
            async services =>
            {
                services.GetRequiredService<Node>().IsCommand = true;
                var database = services.GetRequiredService<DatabaseStart>();
                await database.StartAsync(CancellationToken.None);
                var exitCode = await command.RunAsync(services, CancellationToken.None);
                await services.GetRequiredService<AuditLog>().SealAsync();
                await database.StopAsync(CancellationToken.None);
                return exitCode;
            },
            command.Beside);
    }

    /// <summary>Runs a command on the data folder without the service: what needs no requests and no jobs. The exit code.</summary>
    /// <param name="settings">As for a start.</param>
    /// <param name="command">The command.</param>
    public static Task<int> RunCommandAsync(string[] settings, Func<IServiceProvider, Task<int>> command) => RunAsync(() => BuildTools(settings), command);

    // What keeps it from running is told in a sentence, with what to do beside a service that has the folder.
    private static async Task<int> RunAsync(Func<WebApplication> build, Func<IServiceProvider, Task<int>> command, string? beside = null)
    {
        WebApplication? app = null;
        try
        {
            app = build();
            return await command(app.Services);
        }
        catch (FolderInUseException inUse) when (beside is not null)
        {
            await Console.Error.WriteLineAsync($"The data folder {inUse.Folder} is in use. {beside}");
            return 1;
        }
        catch (Exception reason) when (StartFailure.Explain(reason, app?.Services.GetRequiredService<DatabaseFailures>()) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
        finally
        {
            if (app is not null)
                await app.DisposeAsync();
        }
    }

    /// <summary>A second service beside the first, silent and on a folder and a socket of its own, for <see cref="WarmUp"/> to practise on.</summary>
    public static WebApplication Rehearsal(string folder, string socket) =>
        Build([$"--Data:Path={folder}", $"--urls=http://unix:{socket}",
            "--Database:Provider=", "--Database:ConnectionString=", "--Cluster:Role=", "--WarmUp:Enabled=false", "--Training:MaxConcurrentJobs=1", "--Training:ThreadsPerJob=1",
            "--preferHostingUrls=true", // or Kestrel:Endpoints would win over the socket
            "--Access:RequireKey=false", "--Limits:RequestsPerSecond=0", "--Limits:Uploads=0",
            "--Storage:Kind=folder", "--Storage:BlobFolder="], FileHandles.OfThisProcess(), Voice.Silent);

    private static WebApplication BuildTools(string[] args)
    {
        var builder = SettingsOf(args);
        builder.AddLogs(Voice.Quiet);
        builder.AddMetrics(Voice.Silent);
        builder.AddStorage();
        builder.AddKeeping();
        builder.Services.AddSingleton(TimeProvider.System);
        var isDatabaseInFolder = StorageSetup.IsDatabaseInFolder(builder.Configuration);
        builder.Services.AddSingleton(_ => DataFolder.OpenOrJoin(DataFolder.PathIn(builder.Configuration), isDatabaseInFolder));
        return builder.Build();
    }

    private static WebApplicationBuilder SettingsOf(string[] args)
    {
        // Settings are read once, at the start: nobody need watch their files.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false", .. args], ContentRootPath = AppContext.BaseDirectory });
        SettingNames.RefuseUnknown(builder.Configuration, args);
        return builder;
    }

    private static WebApplication Build(string[] args, FileHandles handles, Voice voice)
    {
        var builder = SettingsOf(args);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.UseDefaultAddress();
        builder.UseBodyLimit();
        builder.UseBriefServer();
        builder.UseNoServerHeader();
        builder.UseLimitOfSlowCallers();
        builder.UseAnyBytesInKeys();
        builder.UseConnectionLimit(handles);
        builder.AddLogs(voice);
        builder.AddMetrics(voice);
        builder.AddProxy();
        builder.AddCompression();
        builder.AddLimits();
        builder.AddStorage();
        builder.AddAccess(); // behind the database, which it writes to when the service stops
        builder.AddDatasets();
        builder.AddModels();
        builder.AddInference();
        builder.AddTraining();
        builder.AddStudies();
        builder.AddKeeping();
        builder.AddWebhooks();
        builder.AddSwagger();
        builder.Services.AddSingleton<Neighbours>();
        builder.Services.AddSingleton<WarmUp>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(options => SpecJson.Configure(options.SerializerOptions));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(8));

        var app = builder.Build();
        // Trainings save where they are while the last answers go out
        var (jobs, node) = (app.Services.GetRequiredService<RunningJobs>(), app.Services.GetRequiredService<Node>());
        var where = node.IsAlone ? "at the next start" : "at another node";
        app.Lifetime.ApplicationStopping.Register(() => app.Logger.LogInformation("Stopping: {WhatItWaitsFor}", jobs.Interrupt() switch
        {
            0 => "answers under way have a second to end",
            1 => $"a training job saves where it is and goes on {where}",
            var several => $"{several} training jobs save where they are and go on {where}",
        }));
        app.UseSecurityHeaders();
        app.UseRequestIds();
        app.UseTraceContext();
        app.UseProxy();
        app.UseHeadRequests();
        app.UseRouting(); // what an endpoint is stands on it as metadata, which the others read
        app.UseRequestLog();
        app.UseNoStore();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseStrictFraming();
        app.UseAccessRules();
        app.UseCompression(); // inside of what writes refusals, which begins anew where an answer has failed half way
        if (node.Serves && Setting.Flag(app.Configuration, "WarmUp:Enabled", true))
            app.UseWarmUp(node.IsAlone ? null : () => app.Services.GetRequiredService<ModelStore>().Find("none", "1"));
        app.UseQueryRules();
        app.UseStopOfBodies(); // before anything reads of a body
        app.UseInflatedBodies();
        app.UseFormedTables();
        app.UseLongRequests();

        app.MapHealth();
        app.MapMetrics();
        if (node.Serves)
            MapAll(app);
        else
            app.MapNothingElse();
        app.UseMappedEndpoints();
        return app;
    }

    private static void MapAll(WebApplication app)
    {
        app.MapPage();
        app.MapSwaggerPages();
        app.MapInference();
        app.MapServing();
        app.MapScoring();
        var api = app.MapGroup("/api/v1").NoStore().StrictQuery().StartsWarmUp();
        api.MapNetworks();
        api.MapDatasets();
        api.MapTrainingJobs();
        api.MapStudies();
        api.MapModels();
        api.MapVerifications();
        api.MapCatalogue();
        api.MapKeys();
        api.MapAudit();
        api.MapKeeping();
        api.MapCluster();
        api.MapWebhooks();
    }

    // Where requests need a key, the walk has one of its own, which ends with it.
    private static async Task QuickstartAsync(WebApplication app, string address)
    {
        var (store, ring) = (app.Services.GetRequiredService<KeyStore>(), app.Services.GetRequiredService<KeyRing>());
        if (!app.Services.GetRequiredService<Listening>().NeedsKeys)
        {
            await QuickstartCommand.RunAsync(address, key: null, app.Lifetime.ApplicationStopping);
            return;
        }

        var (id, text) = store.Lend("quickstart", ScopeSet.Of(Scope.Read, Scope.Predict, Scope.Write));
        await QuickstartCommand.RunAsync(address, text, app.Lifetime.ApplicationStopping);
        ring.TakeBack(id);
    }

    // What a person can put into a browser: a service that listens on every address is at localhost too.
    private static string PublicAddress(WebApplication app) => (app.Urls.FirstOrDefault() ?? "")
        .Replace("[::]", "localhost", StringComparison.Ordinal)
        .Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
}
