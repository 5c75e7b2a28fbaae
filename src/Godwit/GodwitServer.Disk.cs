// What the server finds and keeps on its disk: the spool, what is restored from it, and the directory for what is only good to remember.

using System.Security.Cryptography;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit;

public sealed partial class GodwitServer
{
    /// <summary>Below the spool: policies of receiving domains, counts for reports. All of it may be deleted while the server is stopped.</summary>
    private const string StateDirectory = "trust";

    /// <summary>Where the spool keeps what SCRAM's answers about names that nobody has are made from.</summary>
    private const string DecoyKeyName = "scram-decoys";

    private static MessageSpool OpenSpool(ServerSettings settings, ServerClock clock, CurrentSettings current, ILogger log)
    {
        if (!Directory.Exists(settings.Spool.Directory))
        {
            throw new SpoolException(
                $"the spool directory {settings.Spool.Directory} does not exist: create it, or correct <spool> in {settings.ConfigFile}");
        }

        // Mail is its senders' business: nobody else on the machine reads it.
        var volume = new OsVolume(settings.Spool.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return MessageSpool.Open(volume, () => current.Value.Spool.MinFreeSpace, clock, log);
    }

    /// <summary>Null, with a line in the log, when the directory cannot be used: mail does not depend on it.</summary>
    private static OsVolume? OpenState(string spoolDirectory, ILogger log)
    {
        string path = Path.Combine(spoolDirectory, StateDirectory);
        try
        {
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            }

            return new OsVolume(path, OwnerOnly);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.TrustStateNotWritten(path, failure.Message);
            return null;
        }
    }

    /// <summary>
    /// The kept key, or a new one. Were it another one after each restart, whoever asks before and behind one would tell users from other names.
    /// </summary>
    private static byte[] DecoyKey(MessageSpool spool) =>
        spool.RecoveredState.TryGetValue(DecoyKeyName, out byte[]? kept) && kept.Length == PasswordWork.KeyLength
            ? kept : RandomNumberGenerator.GetBytes(PasswordWork.KeyLength);

    /// <summary>Before the first client can ask. A disk that takes nothing now keeps no server from starting.</summary>
    private async ValueTask KeepDecoyKeyAsync()
    {
        byte[] key = _reception.Passwords.DecoyKey;
        if (_spool.RecoveredState.TryGetValue(DecoyKeyName, out byte[]? kept) && kept.AsSpan().SequenceEqual(key))
        {
            return;
        }

        try
        {
            await _spool.PutStateAsync(DecoyKeyName, key);
        }
        catch (SpoolException failure)
        {
            _log.DecoyKeyNotKept(failure.Message);
        }
    }

    private void Restore(MessageIntake intake)
    {
        long recipients = 0;
        long messages = 0;
        foreach (RecoveredMessage recovered in _spool.Recovered)
        {
            intake.Restore(recovered);
            messages++;
            recipients += recovered.Open.Count;
        }

        if (messages > 0)
        {
            _log.SpoolRestored(messages, recipients);
        }
    }
}
