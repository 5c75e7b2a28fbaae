// How many connections the limit of open files leaves room for. Who runs out of descriptors fails in places where nobody expects it (a library that
// cannot be loaded, a log that cannot be rotated), so the configured numbers are lowered to what fits, and the operator is told.

using Godwit.Settings;

namespace Godwit;

/// <summary>Divides the files a process may open between reception and delivery. Pure.</summary>
internal static class OpenFilePolicy
{
    /// <summary>
    /// What opens later and is no connection of SMTP: libraries that load at first use (two descriptors each), further spool segments of 64 MiB,
    /// sockets for DNS, clients of the management port.
    /// </summary>
    public const int OpenedLater = 100;

    /// <summary>The settings with as many connections as fit. Each direction has half of the room, and what the other one does not ask for.</summary>
    /// <param name="limit">Files that may be open.</param>
    /// <param name="open">Files that were open when there were no connections yet.</param>
    /// <param name="problem">What does not fit, with numbers; empty when everything does.</param>
    public static ServerSettings Fit(ServerSettings settings, int limit, int open, out string problem)
    {
        problem = "";
        (long wantedIn, long wantedOut) = (settings.TotalMaxSmtpIn, settings.TotalMaxSmtpOut);
        long beside = open + OpenedLater;
        if (beside + wantedIn + wantedOut <= limit)
        {
            return settings;
        }

        long room = Math.Max(2, limit - beside);
        long fittingIn = Math.Min(wantedIn, Math.Max(room - wantedOut, room / 2));
        long fittingOut = Math.Min(wantedOut, room - fittingIn);
        problem = $"this process may open {limit} files, and {beside + wantedIn + wantedOut} are needed: {wantedIn} for total-max-smtp-in, "
            + $"{wantedOut} for total-max-smtp-out, {beside} for spool, accounting and itself. Until the limit is raised (LimitNOFILE in the systemd unit, "
            + $"ulimit -Hn) total-max-smtp-in counts as {fittingIn} and total-max-smtp-out as {fittingOut}";
        return settings with { TotalMaxSmtpIn = (int)fittingIn, TotalMaxSmtpOut = (int)fittingOut };
    }
}
