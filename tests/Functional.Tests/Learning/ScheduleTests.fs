/// Schedules against their formulas, and the one-cycle schedule against PyTorch.
module Functional.Tests.ScheduleTests

open System
open System.Globalization
open Expecto
open Functional

let private check (schedule: Schedule) (expected: float -> float) =
    for t in [ 0; 1; 2; 5; 9; 10; 11; 20; 30; 31; 69; 70; 99; 100; 250 ] do
        let found = Schedule.rate schedule t
        let wanted = expected (float t)
        Expect.True(abs (found - wanted) < 1e-12, $"%s{schedule.Name} at %d{t}: expected %g{wanted}, found %g{found}")

[<Tests>]
let tests =
    [ testCase "decays follow their formulas" (fun () ->
          check (Schedule.constant 0.3) (fun _ -> 0.3)
          check (Schedule.exponential 0.3 10 0.5) (fun t -> 0.3 * 0.5 ** (t / 10.0))
          check (Schedule.step 0.3 10 0.5) (fun t -> 0.3 * 0.5 ** floor (t / 10.0))
          check (Schedule.inverseTime 0.3 10 0.5) (fun t -> 0.3 / (1.0 + 0.5 * t / 10.0))
          check (Schedule.inverseTimeStaircase 0.3 10 0.5) (fun t -> 0.3 / (1.0 + 0.5 * floor (t / 10.0)))

          check (Schedule.cosineWith { CosineOptions.defaults with Alpha = 0.1 } 0.3 100) (fun t ->
              let falling = 0.5 * (1.0 + cos (Math.PI * min t 100.0 / 100.0))
              0.3 * (0.9 * falling + 0.1))

          let warmed = { CosineOptions.Alpha = 0.1; WarmupTarget = Some 0.8; WarmupSteps = 20 }

          check (Schedule.cosineWith warmed 0.3 100) (fun t ->
              let falling = 0.5 * (1.0 + cos (Math.PI * (min t 120.0 - 20.0) / 100.0))
              if t < 20.0 then 0.3 + 0.5 * t / 20.0 else 0.8 * (0.9 * falling + 0.1))

          check (Schedule.polynomialWith { PolynomialOptions.defaults with Power = 2.0 } 0.3 100) (fun t ->
              (0.3 - 0.0001) * (1.0 - min t 100.0 / 100.0) ** 2.0 + 0.0001)

          check (Schedule.polynomialWith { PolynomialOptions.defaults with Cycle = true } 0.3 100) (fun t ->
              let length = 100.0 * max 1.0 (ceil (t / 100.0))
              (0.3 - 0.0001) * (1.0 - t / length) + 0.0001))

      testCase "a piecewise rate changes after its boundaries" (fun () ->
          check (Schedule.piecewise [ 10; 70 ] [ 1.0; 0.5; 0.1 ]) (fun t ->
              if t <= 10.0 then 1.0
              elif t <= 70.0 then 0.5
              else 0.1))

      testCase "cosine decays start again after each period" (fun () ->
          // periods of 10, 20, 40, 80, ... steps
          let rec expected start length height t =
              if t < start + length then
                  0.3 * (0.9 * height * 0.5 * (1.0 + cos (Math.PI * (t - start) / length)) + 0.1)
              else
                  expected (start + length) (2.0 * length) (0.8 * height) t

          let options = { PeriodFactor = 2.0; RateFactor = 0.8; Alpha = 0.1 }
          check (Schedule.cosineRestartsWith options 0.3 10) (expected 0.0 10.0 1.0)

          check (Schedule.cosineRestartsWith { options with PeriodFactor = 1.0 } 0.3 10) (fun t ->
              let period = floor (t / 10.0)
              0.3 * (0.9 * 0.8 ** period * 0.5 * (1.0 + cos (Math.PI * (t / 10.0 - period))) + 0.1)))

      testCase "a warm-up leads to the beginning of a schedule" (fun () ->
          check (Schedule.warmup 10 (Schedule.exponential 0.3 10 0.5)) (fun t ->
              if t < 10.0 then 0.3 * t / 10.0 else 0.3 * 0.5 ** ((t - 10.0) / 10.0)))

      testCase "one cycle is that of PyTorch" (fun () ->
          let script =
              """
import torch
for anneal in ['cos', 'linear']:
    p = torch.zeros(1, requires_grad=True)
    o = torch.optim.SGD([p], lr=1.0)
    s = torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.3, total_steps=100, anneal_strategy=anneal)
    for t in range(100):
        print(repr(o.param_groups[0]['lr']))
        o.step()
        if t < 99: s.step()
"""

          let theirs =
              (Outside.python [ "torch" ] script "").Trim().Split '\n'
              |> Array.map (fun v -> Double.Parse(v, CultureInfo.InvariantCulture))

          for linear, part in [ false, theirs[..99]; true, theirs[100..] ] do
              let schedule = Schedule.oneCycleWith { OneCycleOptions.defaults with Linear = linear } 0.3 100

              for t in 0..99 do
                  Expect.Equal(part[t], Schedule.rate schedule t, 12))

      testCase "options out of range are refused" (fun () ->
          let message (action: unit -> Schedule) =
              Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

          Expect.Equal(
              "Schedule.cosine: steps = 0 is no number of steps; give at least 1.",
              message (fun () -> Schedule.cosine 0.1 0)
          )

          Expect.Equal(
              "Schedule.exponential: rate = -1 is no learning rate; give a finite number of at least 0.",
              message (fun () -> Schedule.exponential -1.0 10 0.5)
          )

          Expect.Equal(
              "Schedule.piecewise: values = 1 is not the number of boundaries plus one; give 3 values.",
              message (fun () -> Schedule.piecewise [ 1; 2 ] [ 0.1 ])
          )

          Expect.Contains("do not ascend", message (fun () -> Schedule.piecewise [ 2; 1 ] [ 0.1; 0.1; 0.1 ]))) ]
    |> testList "Learning.Schedule"
