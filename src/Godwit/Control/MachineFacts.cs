// What "show status" says of the machine, read once: none of it changes while the server runs. Immutable.

using System.Runtime.InteropServices;

namespace Godwit.Control;

/// <summary>The machine that the server runs on.</summary>
public sealed record MachineFacts
{
    public string SystemName { get; init; } = RuntimeInformation.OSDescription;

    /// <summary>Of the kernel.</summary>
    public string SystemVersion { get; init; } = Environment.OSVersion.Version.ToString();

    public string ProcessorType { get; init; } = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Cores that this process may use.</summary>
    public int ProcessorCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory in MB, or the less that a container leaves to the process.</summary>
    public long Megabytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024);

    /// <summary>The server's own build.</summary>
    public string ProductVersion { get; init; } = VersionReport.Number;

    public string ProductRevision { get; init; } = VersionReport.Revision;

    /// <summary>Empty where the build did not say.</summary>
    public string ProductBuildDate { get; init; } = Foundation.ProductVersion.BuildDate;
}
