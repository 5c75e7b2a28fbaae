using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Spool;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Reception;

/// <summary>One accepted message, as the door saw it.</summary>
internal sealed record Accepted(Submission Submission, string Content)
{
    public string Envelope => $"<{Submission.Sender.Text}> -> {string.Join(", ", Submission.Recipients.Select(r => r.Address.Text))}";
}

/// <summary>A reception on loopback with a recording door behind it, and a clock that only the test moves.</summary>
internal sealed class ReceptionHarness : IAsyncDisposable
{
    private readonly TaskCompletionSource _atTheDoor = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ReceptionHarness(ServerSettings settings)
    {
        Settings = new CurrentSettings(settings);
        Clock = new ServerClock(Time);
        Counters = new TrafficCounters(Clock);
        Deadlines = new ConnectionDeadlines(Time);
        var door = new SubmissionDoor(SubmitAsync, MayAccept, () => new ContentBuffer(Spool));
        Reception = new SmtpReception(Settings, door, Counters, Deadlines, Clock, Log);
    }

    public FakeTimeProvider Time { get; } = new();

    /// <summary>Where large contents go ahead; null keeps them in memory.</summary>
    public MessageSpool? Spool { get; set; }

    public ServerClock Clock { get; }

    public TrafficCounters Counters { get; }

    public ConnectionDeadlines Deadlines { get; }

    public CurrentSettings Settings { get; }

    public RecordingLog Log { get; } = new();

    public SmtpReception Reception { get; }

    public ConcurrentQueue<Accepted> Messages { get; } = new();

    /// <summary>What the door answers instead of taking the message; null takes it.</summary>
    public SmtpReply? Answer { get; set; }

    /// <summary>What the door answers at MAIL; null lets mail in.</summary>
    public SmtpReply? Closed { get; set; }

    /// <summary>Thrown by the door, when set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The door waits for this before it answers.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Completes when the first message has come to the door.</summary>
    public Task AtTheDoor => _atTheDoor.Task;

    public static Task<ReceptionHarness> StartAsync() => StartAsync(ReceptionSettings.With(ReceptionSettings.Relay));

    public static async Task<ReceptionHarness> StartAsync(ServerSettings settings)
    {
        var harness = new ReceptionHarness(settings);
        Assert.Empty(await harness.Reception.ApplyAsync([new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), "")]));
        return harness;
    }

    /// <param name="from">An address of loopback; the usual one when none is given.</param>
    public async Task<SmtpClientSocket> ConnectAsync(IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(Reception.EndPoints[0]);
        return new SmtpClientSocket(socket);
    }

    /// <summary>Connected, greeted, and EHLO done.</summary>
    public async Task<SmtpClientSocket> HelloAsync(IPAddress? from = null)
    {
        SmtpClientSocket client = await ConnectAsync(from);
        Assert.StartsWith("220 ", await client.ReplyAsync());
        Assert.StartsWith("250", await client.AskAsync("EHLO client.example"));
        return client;
    }

    /// <summary>Waits until no session runs any more.</summary>
    public async Task DrainedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (Reception.Sessions > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Moves the clock until the task ends: time that a session has not asked for yet must not run away.</summary>
    public async Task AdvanceUntilAsync(Task ended, TimeSpan step)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!ended.IsCompleted)
        {
            Time.Advance(step);
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token));
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Reception.StopAsync(TimeSpan.Zero);
        Deadlines.Dispose();
    }

    private bool MayAccept(out SmtpReply refusal)
    {
        refusal = Closed ?? new SmtpReply(250, "2.0.0 ok");
        return Closed is null;
    }

    private async ValueTask<IntakeResult> SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        _atTheDoor.TrySetResult();
        await Gate;
        if (Failure is not null)
        {
            throw Failure;
        }

        if (Answer is not null)
        {
            return new IntakeResult(Answer, default);
        }

        var text = new StringBuilder();
        text.Append(Encoding.Latin1.GetString(submission.Content.Header().Span));
        foreach (ReadOnlyMemory<byte> part in submission.Content.BehindHeader())
        {
            text.Append(Encoding.Latin1.GetString(part.Span));
        }

        Assert.Equal(text.Length, submission.Content.Length);
        Messages.Enqueue(new Accepted(submission, text.ToString()));
        return new IntakeResult(new SmtpReply(250, "2.6.0 message received as 0000000000000001"), new MessageId(1));
    }
}
