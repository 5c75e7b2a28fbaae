// "godwit inject": submits sample messages over several connections at once, shows how far it is, and says how many were accepted and how fast.
// With --wait it then follows the server until every message has its fate.

using System.Net.Sockets;

namespace Godwit.Cli;

/// <summary>One run. Owned by the command line; its workers share the counters through Interlocked.</summary>
internal sealed class InjectCommand
{
    /// <summary>A worker whose connection breaks this often in a row gives up: the server does not want it.</summary>
    private const int MostFailures = 3;

    private readonly InjectOptions _options;
    private readonly TimeSpan _timeout;
    private readonly SampleMail _mail;
    private int _next = -1;
    private int _accepted;
    private int _refused;
    private string _lastRefusal = "";

    /// <summary>The last failure was to connect.</summary>
    private bool _unreachable;

    private InjectCommand(InjectOptions options, TimeSpan timeout)
    {
        _options = options;
        _timeout = timeout;
        _mail = new SampleMail(options.Sender, options.Size, options.Domains, TimeProvider.System);
    }

    /// <summary>Exit code 0 only when every message was accepted and, with --wait, delivered.</summary>
    public static async Task<int> RunAsync(List<string> words, GlobalOptions global, Screen screen, CancellationToken cancellation)
    {
        if (InjectOptions.Parse(words, out string problem) is not { } options)
        {
            await screen.Error.WriteLineAsync("godwit: " + problem);
            return ExitCode.Usage;
        }

        FateWatch? watch = null;
        if (options.Wait > TimeSpan.Zero && (watch = await FateWatch.BeginAsync(global, screen, cancellation)) is null)
        {
            return ExitCode.Unreachable;
        }

        var run = new InjectCommand(options, global.Timeout);
        using (watch)
        {
            long began = TimeProvider.System.GetTimestamp();
            int exitCode = await run.SubmitAsync(screen, cancellation);
            return watch is null || run._accepted == 0
            ? exitCode
            : Math.Max(exitCode, await watch.FollowAsync(run._accepted, began, options.Wait, cancellation));
        }
    }

    private async Task<int> SubmitAsync(Screen screen, CancellationToken cancellation)
    {
        long began = TimeProvider.System.GetTimestamp();
        var progress = new ProgressLine(screen, $"submitting to {_options.Host}:{_options.Port}");
        Task[] workers = [.. Enumerable.Range(0, Math.Min(_options.Connections, _options.Count)).Select(_ => WorkAsync(cancellation))];
        var all = Task.WhenAll(workers);
        while (await Task.WhenAny(all, Task.Delay(ProgressLine.Pause, TimeProvider.System, CancellationToken.None)) != all)
        {
            progress.Show($"{Volatile.Read(ref _accepted)} of {_options.Count} accepted");
        }

        await all;
        progress.Clear();
        return await SumUpAsync(screen, TimeProvider.System.GetElapsedTime(began));
    }

    private async Task<int> SumUpAsync(Screen screen, TimeSpan elapsed)
    {
        if (_unreachable && _accepted + _refused == 0)
        {
            await screen.Error.WriteLineAsync(
                $"godwit: no SMTP server at {_options.Host}:{_options.Port} ({_lastRefusal}). Is godwitd running, and is this its smtp-listener?");
            return ExitCode.Unreachable;
        }

        double rate = _accepted / elapsed.TotalSeconds;
        await screen.Out.WriteLineAsync($"submitted {_accepted} of {_options.Count} messages in {elapsed.TotalSeconds:0.00} s ({rate:0} msg/s)");
        if (_accepted < _options.Count)
        {
            await screen.Error.WriteLineAsync($"godwit: {_options.Count - _accepted} were not accepted; the last reason: {_lastRefusal}");
        }

        return _accepted == _options.Count ? ExitCode.Done : ExitCode.Refused;
    }

    /// <summary>Takes message after message until there are none. A message whose connection broke counts as not accepted: it is not sent twice.</summary>
    private async Task WorkAsync(CancellationToken cancellation)
    {
        SmtpSubmitter? connection = null;
        int failures = 0;
        try
        {
            while (failures < MostFailures && !cancellation.IsCancellationRequested)
            {
                try
                {
                    connection ??= await SmtpSubmitter.ConnectAsync(_options.Host, _options.Port, _timeout, cancellation);
                    int index = Interlocked.Increment(ref _next);
                    if (index >= _options.Count)
                    {
                        await connection.QuitAsync(cancellation);
                        return;
                    }

                    Count(await SubmitOneAsync(connection, index, cancellation));
                    failures = 0;
                }
                catch (Exception error) when (error is IOException or SocketException)
                {
                    Broken(error);
                    connection?.Dispose();
                    connection = null;
                    failures++;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _lastRefusal = "stopped";
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private Task<SubmitReply> SubmitOneAsync(SmtpSubmitter connection, int index, CancellationToken cancellation)
    {
        (byte[] header, ReadOnlyMemory<byte> body) = _mail.Content(index);
        return connection.SubmitAsync(_mail.Sender, _mail.Recipient(index), header, body, cancellation);
    }

    private void Count(SubmitReply reply)
    {
        if (reply.IsAccepted)
        {
            Interlocked.Increment(ref _accepted);
            return;
        }

        Interlocked.Increment(ref _refused);
        _lastRefusal = $"{reply.Code} {reply.Text}";
    }

    private void Broken(Exception error)
    {
        _unreachable = error is SocketException;
        _lastRefusal = error.Message;
    }
}
