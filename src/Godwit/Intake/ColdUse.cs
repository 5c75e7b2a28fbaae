namespace Godwit.Intake;

/// <summary>What a cold virtual MTA has had today of one destination's mail.</summary>
/// <param name="Limit">Messages that it may have today; where those who share their mail with it give it different numbers, the largest.</param>
public readonly record struct ColdUse(string VirtualMta, string Destination, int Messages, int Limit);
