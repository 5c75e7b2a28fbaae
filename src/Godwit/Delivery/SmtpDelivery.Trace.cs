// What an operator who watches this delivery is told, and when he begins and ceases to watch.

using System.Net;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>Whoever wants to hear of lookups: the log, the operator, both; null when nobody does.</summary>
    private Action<HostPlan>? LookupNotes => _settings.LogResolution || Observer is { ShowsLookups: true } ? NoteLookup : null;

    /// <summary>Whoever watches. A trace that has begun since this delivery did takes it as it is: what comes of it is what the operator waits for.</summary>
    private DialogObserver? Watch() => Observer ??= tools.Observe(ticket);

    /// <summary>A connection that was being opened when the trace began: its last reply has been read unseen.</summary>
    private void WatchOpening(PeerConnection peer, SmtpReply last)
    {
        if (Observer is null && WatchOpening(peer.Host) is { } observer)
        {
            observer.Received(last);
            peer.Observer = observer;
        }
    }

    /// <summary>The same before anything was said.</summary>
    private DialogObserver? WatchOpening(HostAddress host)
    {
        if (Observer is null)
        {
            Watch()?.Note($"over the connection to {host.Text}{From(ticket.Source.Address)}, which was being opened");
        }

        return Observer;
    }

    /// <summary>A message begins on a connection that nobody has watched so far: it may be what an operator waits for.</summary>
    private void WatchFrom(PeerConnection peer)
    {
        if (Observer is null && tools.Observe(ticket) is { } observer)
        {
            observer.Note($"over the connection to {peer.Host.Text}{From(peer.Attempt.SourceAddress)}, which is open already");
            Observer = peer.Observer = observer;
        }
    }

    /// <summary>The first message is over. The connection goes on, and another trace may come.</summary>
    private void EndWatch(PeerConnection peer)
    {
        Observer?.End();
        Observer = peer.Observer = null;
    }

    /// <summary>This delivery ends before it came to a message, and the next one of the queue takes over.</summary>
    private void LeaveWatch(string why)
    {
        Observer?.Note(why);
        Observer?.GiveBack();
        Observer = null;
    }

    private static string From(IPAddress? source) => source is null ? "" : $" from {source}";

    private void NoteLookup(HostPlan plan)
    {
        if (_settings.LogResolution)
        {
            tools.Log.HostsFound(ticket.Key, plan.Hosts.Count, plan.Reply?.ToString() ?? "");
        }

        if (Observer is not { ShowsLookups: true } observer)
        {
            return;
        }

        observer.Note(plan.Answer is null ? "hosts that the configuration names:" : $"hosts of {ticket.Key.Destination} by DNS:");
        foreach (MailHost host in plan.Answer?.Hosts ?? [])
        {
            observer.Note($"  {host.Preference} {host.Name} {string.Join(' ', host.Addresses)}");
        }

        foreach (HostAddress host in plan.Answer is null ? plan.Hosts : [])
        {
            observer.Note($"  {host.Name} {host.EndPoint}");
        }

        if (plan.Reply is { } reply)
        {
            observer.Note($"  none to connect to: {reply}");
        }
    }
}
