namespace Godwit.Queues;

/// <summary>What a queue knows of the world outside it. One object for all queues.</summary>
internal sealed record QueueSurroundings(DelayNotices Notices, StreamTable Streams);
