# The chiselled image has the runtime and nothing else: no shell, no package manager, an ordinary user. Another tag, such as 10.0, has them all.
ARG SDK_TAG=10.0
ARG RUNTIME_TAG=10.0-noble-chiseled

FROM mcr.microsoft.com/dotnet/sdk:${SDK_TAG} AS build
WORKDIR /source

# What decides on the packages comes first, so that a change of code does not restore them again.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/NnService.Engine/NnService.Engine.csproj src/NnService.Engine/packages.lock.json src/NnService.Engine/
COPY src/NnService.Api/NnService.Api.csproj src/NnService.Api/packages.lock.json src/NnService.Api/
RUN dotnet restore src/NnService.Api --locked-mode

# Published for any platform, not with --runtime linux-x64: lock files name no runtime, and a restore for one would have to rewrite them.
# What that costs is the native SQLite of every other platform (70 MB), which is taken out by hand; both kinds of Linux server stay.
COPY .editorconfig ./
COPY src/ src/
RUN dotnet publish src/NnService.Api --configuration Release --no-restore --output /app -p:UseAppHost=false \
    && find /app/runtimes -mindepth 1 -maxdepth 1 ! -name linux-x64 ! -name linux-arm64 -exec rm -r {} + \
    && mkdir /data

FROM mcr.microsoft.com/dotnet/aspnet:${RUNTIME_TAG}
WORKDIR /app
COPY --from=build /app ./
# 1654 is the user `app` of Microsoft's images, by number so that images without that name will do. The runtime image has no shell to make a folder with.
COPY --from=build --chown=1654:1654 /data /data
USER 1654:1654

ENV ASPNETCORE_HTTP_PORTS=5080 \
    Data__Path=/data \
    DOTNET_EnableDiagnostics=0
EXPOSE 5080
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "NnService.Api.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "NnService.Api.dll"]
