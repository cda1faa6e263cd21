package main

import (
	"context"
	"errors"
)

// sessionClaims are what a program that decodes into a struct of its own has it decode.
type sessionClaims struct {
	SessionID       string `json:"sid"`
	AuthorizedParty string `json:"azp"`
	Status          string `json:"sts"`
	Version         int    `json:"v"`
	FactorAges      []int  `json:"fva"`
	Plans           string `json:"pla"`
	Features        string `json:"fea"`
	Organization    struct {
		ID                 string `json:"id"`
		Slug               string `json:"slg"`
		Role               string `json:"rol"`
		Permissions        string `json:"per"`
		FeaturePermissions string `json:"fpm"`
	} `json:"o"`
}

var errParty = errors.New("another authorized party")

// Validate is called by auth0, and by the lines written for the others.
func (c *sessionClaims) Validate(context.Context) error {
	if c.AuthorizedParty != party {
		return errParty
	}
	return nil
}
