namespace Godwit.Tests.Support;

/// <summary>A provider file that a test wrote, gone with the test.</summary>
internal sealed class ProvidersOnDisk : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-providers-").FullName;

    /// <param name="text">Blocks of one or more providers.</param>
    public ProvidersOnDisk(string text) => File.WriteAllText(Path.Combine(_folder, "providers.conf"), text);

    /// <summary>The line that names it in a configuration.</summary>
    public string Line => $"provider-file {_folder}/providers.conf";

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
