using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class DirectoryProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-probe-").FullName;

    public void Dispose()
    {
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_directory_is_usable_or_missing_or_none()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");

        Assert.Equal(DirectoryState.Usable, DirectoryProbe.Look(_folder));
        Assert.Equal(DirectoryState.Missing, DirectoryProbe.Look(Path.Combine(_folder, "a", "b")));
        Assert.Equal(DirectoryState.NotADirectory, DirectoryProbe.Look(file));
        Assert.Equal(DirectoryState.NotADirectory, DirectoryProbe.Look(Path.Combine(file, "a")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "a")));
    }

    [Fact]
    public void A_directory_that_may_not_be_written_is_told_apart()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal(DirectoryState.NotWritable, DirectoryProbe.Look(_folder));
        Assert.Equal(DirectoryState.CannotBeCreated, DirectoryProbe.Look(Path.Combine(_folder, "a")));
    }
}
