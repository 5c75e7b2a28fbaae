using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Spool;

public sealed class OsVolumeSpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-spool-").FullName;
    private readonly SpoolRig _rig = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Messages_survive_on_a_real_disk()
    {
        byte[] octets = SpoolRig.Octets(1, 1_500_000);
        await using (MessageSpool spool = Open())
        {
            await spool.StoreAsync(_rig.NewEnvelope(), ["small"u8.ToArray()], [], []);
            await spool.StoreAsync(_rig.NewEnvelope(), [octets], [], []);
            StoredMessage gone = await spool.StoreAsync(_rig.NewEnvelope(), ["gone"u8.ToArray()], [], []);
            await spool.MarkAsync([new SpoolMark(gone, 0, Done: true, 0, default, default, "")]);
        }

        await using MessageSpool again = Open();
        RecoveredMessage[] recovered = [.. again.Recovered];
        Assert.Equal(2, recovered.Length);
        Assert.True(SpoolRig.Content(again, recovered[1].Message).AsSpan().SequenceEqual(octets));
    }

    [Fact]
    public async Task A_second_spool_on_the_same_folder_is_refused_and_names_the_process()
    {
        await using MessageSpool spool = Open();

        SpoolException refused = Assert.Throws<SpoolException>(() => Open());

        Assert.Contains($"process {Environment.ProcessId};", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_not_created()
    {
        string missing = Path.Combine(_folder, "missing");

        SpoolException refused = Assert.Throws<SpoolException>(() => Open(missing));

        Assert.Contains($"{missing} does not exist; create it", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(missing));
    }

    private MessageSpool Open(string? folder = null) => MessageSpool.Open(
        new OsVolume(folder ?? _folder), () => 0, _rig.Clock, NullLogger.Instance, new SpoolOptions { SegmentOctets = 4 * 1024 * 1024 });
}
