using Godwit.Export;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Export;

public sealed class PipeRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("godwit-run-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Single_short_lines_are_counted_together()
    {
        using PipeRun run = PipeRun.Start("exec cat > /dev/null", NullLogger.Instance);
        for (int i = 1; i <= 5000; i++)
        {
            for (int written = 0; written < 14; written += run.TryWrite("b,1772438400\r\n"u8[written..]))
            {
                await Task.Yield();
            }

            run.Note(new StagedPlace("acct.csv", i * 14));
        }

        Assert.InRange(run.Pieces, 1, 40);
        await Eventually.TrueAsync(() => run.Unread == 0, TimeSpan.FromSeconds(30));
        StagedPlace? arrived = run.TakeArrived();
        Assert.NotNull(arrived);
        Assert.InRange(arrived.Value.Offset, 1, 70_000 - (64 * 1024));
    }

    [Fact]
    public async Task What_a_program_leaves_running_is_not_listened_to_when_its_run_is_over()
    {
        string gone = Path.Combine(_root, "gone");
        string command = $"(trap '' PIPE; for i in $(seq 600); do sleep 0.1; echo x || break; done 2>/dev/null; [ $i -lt 600 ] && echo > {gone}) & exit 0";
        PipeRun run = PipeRun.Start(command, NullLogger.Instance);
        await run.Ended;
        run.Dispose();
        await Eventually.TrueAsync(() => File.Exists(gone), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("/usr/local/bin/load --token=s3cret", "|/usr/local/bin/load")]
    [InlineData("  TOKEN=s3cret MORE='s3 cret' exec load s3cret", "|load")]
    [InlineData("\"/opt/my programs/load\" s3cret", "|\"/opt/my programs/load\"")]
    [InlineData("load>s3cret", "|load")]
    [InlineData("A=$(decode s3cret) load", "|command")]
    [InlineData("A=s3cret", "|command")]
    [InlineData("(load s3cret)", "|command")]
    public void A_command_is_called_by_its_program_alone(string command, string name) => Assert.Equal(name, CommandName.Of(command));
}
