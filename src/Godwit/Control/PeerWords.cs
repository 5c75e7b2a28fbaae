// What hosts said of mail, for those who may not see people's addresses: a reply often quotes the one it is about. Pure.

using Godwit.Disposition;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Words of peers, with words for what differs from mail to mail where that is not for everybody.</summary>
internal static class PeerWords
{
    /// <param name="whole">The asker may see people's addresses.</param>
    public static string For(bool whole, string text) => whole || text.Length == 0 ? text : ReplyMask.Of(text, []);

    public static IReadOnlyList<QueueEvent> For(bool whole, IReadOnlyList<QueueEvent> events) => whole || events.Count == 0 ? events
        : [.. events.Select(static each => each with { Text = ReplyMask.Of(each.Text, []) })];

    public static QueueReport For(bool whole, QueueReport queue) => whole ? queue
        : queue with { Events = For(whole, queue.Events), WaitReason = For(whole, queue.WaitReason) };

    public static QueueMemory For(bool whole, QueueMemory memory) => whole || (memory.ModeReason.Length == 0 && memory.Disabled.Count == 0) ? memory
        : memory with { ModeReason = For(whole, memory.ModeReason), Disabled = [.. memory.Disabled.Select(each => For(whole, each))] };

    public static DisabledSource For(bool whole, DisabledSource source) => whole ? source : source with { Reason = For(whole, source.Reason) };

    /// <summary>The kind of reply without the one that was seen first.</summary>
    public static UnclassifiedReply For(bool whole, UnclassifiedReply reply) => whole ? reply : reply with { Sample = reply.Mask };
}
