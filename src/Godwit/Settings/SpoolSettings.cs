namespace Godwit.Settings;

/// <summary>One <c>&lt;spool&gt;</c>: a directory and the free space (octets) below which nothing new is accepted.</summary>
public sealed record SpoolSettings(string Directory, long MinFreeSpace);
