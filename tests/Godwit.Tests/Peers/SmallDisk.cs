// A disk that is easily filled: a small tmpfs, mounted by root only. Unmounted when the test ends.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>A mounted tmpfs.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Mounts one, or skips the test.</summary>
    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        Tool.Need("mount", "umount");
        Assert.SkipUnless(Environment.UserName == "root", "needs root to mount a small disk");
        string path = Directory.CreateTempSubdirectory("godwit-disk-").FullName;
        ToolResult mounted = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path], _limit);
        Assert.SkipUnless(mounted.ExitCode == 0, $"may not mount a small disk: {mounted.Output}");
        return new SmallDisk(path);
    }

    /// <summary>Takes what is free but for the last megabytes.</summary>
    public async Task FillAsync(int leaveMegabytes)
    {
        await using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] piece = new byte[64 * 1024];
        while (new DriveInfo(Path).AvailableFreeSpace - piece.Length >= leaveMegabytes * 1024L * 1024)
        {
            await file.WriteAsync(piece);
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        // Lazily: the server's files may be open still.
        await Tool.RunAsync("umount", ["-l", Path], _limit);
        Directory.Delete(Path);
    }
}
